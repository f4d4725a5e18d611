import fc from 'fast-check';
import t from 'tap';
import { BodyRules } from '../../src/callers/body-rules.ts';
import { COMMON_PLACES, OPERATION_PLACES } from '../../src/callers/mailbox-places.ts';
import { SubscribedCallers } from '../../src/callers/subscribed-callers.ts';
import { GatewayError } from '../../src/errors.ts';
import { BodyScanner } from '../../src/soap/body-scanner.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { envelope } from '../support/envelopes.ts';
import { bodyNaming } from '../support/place-bodies.ts';
import { callerOf } from '../support/caller.ts';
import { ALICE, BOB } from '../support/stack.ts';
import { runs } from '../support/effort.ts';

const caller = callerOf({
  mayImpersonate: ['shared@contoso.test'],
  mailboxPatterns: [{ prefix: 'scan-', suffix: '', domain: 'contoso.test' }],
});
const OTHERS = [BOB, 'bob@contoso.test.evil.test', 'xscan-1@contoso.test', 'scan-1@sub.contoso.test', `x${ALICE}`];

/** Writes a character in one of the ways XML knows for it, or in the other case. */
const spelled = (character: string): fc.Arbitrary<string> => {
  const code = character.codePointAt(0) ?? 0;
  return fc.constantFrom(
    character,
    character.toUpperCase(),
    `&#${code};`,
    `&#x${code.toString(16)};`,
    `&#x0${code.toString(16).toUpperCase()};`,
    `<![CDATA[${character}]]>`,
    `<!-- ${ALICE} -->${character}`,
    `${character}<?x ${ALICE}?>`,
  );
};
const address = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('', ' ', '\r\n\t', '&#32;'),
      fc.tuple(...[...text].map(spelled)),
      fc.constantFrom('', ' ', '\n', '&#9;'),
    )
    .map(([before, characters, after]) => before + characters.join('') + after);

const NO_SUBSCRIPTIONS = new SubscribedCallers();

/** What a body is refused with, undefined where it passes. */
function refusal(body: string, cut: number): string | undefined {
  const document = Buffer.from(envelope(body));
  const head = readEnvelopeHead(document, true);
  if (head === undefined) throw new Error('no head');
  const scanner = new BodyScanner(head, new BodyRules(caller, head.operation.localName, NO_SUBSCRIPTIONS));
  const rest = document.subarray(head.endBytes);
  try {
    if (cut === 0) scanner.whole(rest);
    else {
      for (let start = 0; start < rest.length; start += cut) scanner.push(rest.subarray(start, start + cut));
      scanner.end();
    }
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

const place = fc.constantFrom(...COMMON_PLACES, ...OPERATION_PLACES);
const cut = fc.constantFrom(0, 0, 1, 7, 64);

t.test("another's address is refused, however it is written", (t) => {
  const other = fc.constantFrom(...OTHERS).chain(address);
  fc.assert(
    fc.property(place, other, cut, (where, written, size) => {
      const code = refusal(bodyNaming(where, written), size);
      return code === 'MAILBOX_DENIED';
    }),
    { numRuns: runs(2_000) },
  );
  t.pass('spellings');
  t.end();
});

t.test('an own one passes, however it is written', (t) => {
  const comparable = place.filter((path) => !/Guid$|ExternalObjectId$/.test(path.at(-1) ?? ''));
  const own = fc.constantFrom(ALICE, 'shared@contoso.test', 'scan-1@contoso.test').chain(address);
  fc.assert(
    fc.property(
      comparable,
      own,
      cut,
      (where, written, size) => refusal(bodyNaming(where, written), size) === undefined,
    ),
    { numRuns: runs(500) },
  );
  t.pass('spellings');
  t.end();
});
