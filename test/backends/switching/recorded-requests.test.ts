/** What programs were recorded to send, with EWS switched off at each of their requests. */
import t, { type Test } from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { sample } from '../../support/effort.ts';
import { startStack, type Stack } from '../../support/stack.ts';
import { replay } from '../graph/recorded-requests.ts';
import { leftIn, REFUSED, requestsOf, SCENARIOS } from '../graph/recorded-scenarios.ts';
import { SENDING } from '../graph/sending.ts';

interface Run {
  /** What the program was answered, but for successes. */
  readonly codes: readonly string[];
  /** The mailbox afterwards. */
  readonly left: unknown;
  /** Requests that Exchange got. */
  readonly asked: number;
}

/** @param after how many requests EWS is switched off */
async function run(t: Test, scenario: string, after: number): Promise<Run> {
  const stack: Stack = await startStack(t, { ...SENDING, backend: 'auto' });
  const { exchange } = stack.simulator;
  const mailbox = mailboxOf(stack);
  await SCENARIOS[scenario]?.(mailbox);
  exchange.settings.ewsEnabled = after > 0;
  let asked = 0;
  exchange.onRequest = () => {
    if (++asked === after) exchange.settings.ewsEnabled = false;
  };
  const answers = await replay(requestsOf(scenario), (body) => stack.post(body));
  const codes = answers.flatMap(({ text }) => codesOf(text)).filter((code) => code !== 'NoError');
  return { codes, left: leftIn(mailbox), asked };
}

for (const scenario of Object.keys(SCENARIOS))
  t.test(`${scenario}: the program sees nothing of the switch, and leaves the same`, async (t) => {
    const whole = await run(t, scenario, Number.POSITIVE_INFINITY);
    t.same(whole.codes, REFUSED[scenario] ?? []);
    t.ok(whole.asked > 3, `${whole.asked} requests`);
    for (const after of sample(Array.from({ length: whole.asked }, (_, index) => index)))
      await t.test(`after ${after} of ${whole.asked} requests`, async (t) => {
        const { codes, left, asked } = await run(t, scenario, after);
        t.same(codes, whole.codes);
        t.same(left, whole.left);
        t.equal(asked, after + 1, 'one request met the block, none followed it');
      });
  });
