import t from 'tap';
import { codesOf, mailboxOf, withoutKnown, type KnownDifference } from '../../support/differential.ts';
import { startStack, type Stack } from '../../support/stack.ts';
import { normalised } from './mailbox-state.ts';
import { SENDING } from './sending.ts';
import { replay } from './recorded-requests.ts';
import { leftIn, REFUSED, requestsOf, SCENARIOS } from './recorded-scenarios.ts';

const element = (name: string): RegExp => new RegExp(`<t:${name}(?:/>|[ >][\\s\\S]*?</t:${name}>)`, 'g');
/** Of attached messages only. */
function attachedElement(name: string): RegExp {
  return new RegExp(`(?<=<t:ItemAttachment>(?:(?!</t:ItemAttachment>)[\\s\\S])*)<t:${name}>[^<]*</t:${name}>`, 'g');
}
/** What Graph cannot answer as Exchange does. */
const KNOWN: readonly KnownDifference[] = [
  [
    /<t:LinePosition>\d+(?=<)/g,
    'Exchange counts the ExchangeImpersonation, too, that the gateway writes into the head',
  ],
  [/<m:MessageText>[^<]*<\/m:MessageText>/g, 'Graph has words of its own'],
  [/ ?\[gateway request [\w-]+\]/g, 'the number of a request that the gateway refuses'],
  [/ TotalItemsInView="\d+"/g, 'of a restricted view it is a lower bound before its end'],
  [element('MailboxType'), 'Graph gives a name and an address only'],
  [element('EffectiveRights'), 'a constant through Graph'],
  [/<t:Size>\d+<\/t:Size>/g, 'sizes of attachments come with an overhead'],
  [element('WebClientEditFormQueryString'), 'Graph has one link, which opens drafts for editing'],
  [element('WebClientReadFormQueryString'), 'it holds the id'],
  [element('ConversationIndex'), 'made up for each mailbox here'],
  [element('InstanceKey'), 'made of the id'],
  [attachedElement('IsRead'), 'not in MIME'],
  [attachedElement('ConversationTopic'), 'not in MIME'],
  [/\s+(?=<\/t:Body>)/g, 'a text read from MIME may have lost its last line break'],
];

interface Outcome {
  readonly codes: readonly string[];
  readonly answers: readonly (readonly string[])[];
  readonly state: unknown;
}

async function outcome(stack: Stack, scenario: string): Promise<Outcome> {
  const mailbox = mailboxOf(stack);
  await SCENARIOS[scenario]?.(mailbox);
  const requests = requestsOf(scenario);
  const answers = await replay(requests, (body) => stack.post(body));
  const codes = answers.flatMap(({ text }) => codesOf(text)).filter((code) => code !== 'NoError');
  return {
    codes,
    answers: normalised(
      answers.map(({ status, text }, index) => [
        `${index} ${requests[index]?.operation} ${status}`,
        ...withoutKnown(text, KNOWN),
      ]),
    ),
    state: leftIn(mailbox),
  };
}

for (const scenario of Object.keys(SCENARIOS))
  t.test(`${scenario}: what the client is answered and leaves is the same through Graph`, async (t) => {
    const [ews, graph] = [await startStack(t, SENDING), await startStack(t, { ...SENDING, backend: 'graph' })];
    const [through, direct] = [await outcome(graph, scenario), await outcome(ews, scenario)];
    t.same(direct.codes, REFUSED[scenario] ?? []);
    t.same(through, direct);
    t.equal(graph.simulator.exchange.requests.length, 0);
    t.equal(ews.simulator.graph.requests.length, 0);
  });
