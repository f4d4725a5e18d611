import fc from 'fast-check';
import t from 'tap';
import { ALL_A, ALL_B, type GraphBehaviour } from '../../../src/simulator/graph/behaviour.ts';
import type { GraphFault } from '../../../src/simulator/graph/faults.ts';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { Dice } from '../../fuzz/cases.ts';
import { mailboxOf } from '../../support/differential.ts';
import { runs } from '../../support/effort.ts';
import { ALL_TYPES, EventClient } from '../../support/event-client.ts';
import { mail, startStack } from '../../support/stack.ts';
import { StreamClient } from '../../support/stream-client.ts';
import { idOfSubscription, subscribeTo } from '../../support/subscriber.ts';
import { change, inboxOf, stepsWith } from './random-changes.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_129);
const DELTA = 'GET /users/{user}/mailFolders/{folder}/messages/delta';

const steps = stepsWith(fc.constantFrom({ act: 'pull' as const }, { act: 'rewind' as const }));

function stateOf(mailbox: Mailbox): Map<string, boolean> {
  return new Map(inboxOf(mailbox).map(({ id, isRead }) => [id, isRead]));
}

function assertSame(mailbox: Mailbox, { items }: EventClient): void {
  const lines = (state: ReadonlyMap<string, boolean>): string =>
    [...state]
      .map(([id, isRead]) => `${id} ${isRead}`)
      .toSorted()
      .join('\n');
  if (lines(items) !== lines(stateOf(mailbox)))
    throw new Error(`it has\n${lines(items)}\nof\n${lines(stateOf(mailbox))}`);
}

/**
 * Pages of changes as Graph may give them: entries in any order but those of one message, some of them twice, and the
 * page before once more.
 *
 * @see https://learn.microsoft.com/graph/delta-query-overview#replays
 */
function replaying(dice: Dice): (operation: string) => GraphFault | undefined {
  let before: readonly { readonly id: string }[] = [];
  const alter: GraphFault['alter'] = (answer) => {
    const { value } = (answer.json ?? {}) as { readonly value?: readonly { readonly id: string }[] };
    if (value === undefined) return answer;
    const doubled = value.flatMap((entry) => (dice.chance(3) ? [entry, entry] : [entry]));
    const places = new Map(doubled.map(({ id }) => [id, dice.below(1_000)]));
    const mixed = doubled.toSorted((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
    const all = dice.chance(3) ? [...before, ...mixed] : mixed;
    before = value;
    return { ...answer, json: { ...answer.json, value: all } };
  };
  return (operation) => (operation === DELTA ? { alter } : undefined);
}

const BEHAVIOURS: Readonly<Record<string, readonly [GraphBehaviour, replays: boolean]>> = {
  'A': [ALL_A, false],
  'B': [ALL_B, false],
  'A with replays': [ALL_A, true],
  'B with replays': [ALL_B, true],
};

for (const [name, [behaviour, replays]] of Object.entries(BEHAVIOURS))
  t.test(`events that are pulled, applied to a copy of a folder, give the folder: ${name}`, async (t) => {
    const stack = await startStack(t, { backend: 'graph' });
    const mailbox = mailboxOf(stack);
    const { graph } = stack.simulator;
    graph.behaviour = behaviour;
    await fc.assert(
      fc.asyncProperty(fc.nat(20), steps, fc.nat(), async (count, list, seed) => {
        graph.script.choose = replays ? replaying(new Dice(seed)) : () => undefined;
        mailbox.emptyFolder('inbox', 'hard');
        for (let index = 0; index < count; index++) await mailbox.deliver(mail(`${index}`));
        const client = new EventClient(stack.post, stateOf(mailbox));
        await client.subscribe({ types: ALL_TYPES });
        for (const step of list)
          if (step.act === 'pull') await client.pull();
          // With one generation of tokens Graph has forgotten an older watermark, and says so.
          else if (step.act === 'rewind') void (behaviour.deltaGenerations > 1 && client.rewind());
          else await change(mailbox, step);
        // What changed during a round comes with a second one.
        for (let round = 0; round < 2; round++) while (await client.pull());
        assertSame(mailbox, client);
      }),
      { seed: SEED, numRuns: runs(40) },
    );
    t.pass('nothing is lost');
  });

t.test('so do events that are streamed, over several connections', async (t) => {
  const stack = await startStack(t, { backend: 'graph', registration: '    graph: { pollSeconds: 1 }' });
  const mailbox = mailboxOf(stack);
  stack.simulator.graph.script.choose = replaying(new Dice(SEED));
  for (let index = 0; index < 10; index++) await mailbox.deliver(mail(`${index}`));
  const client = new EventClient(stack.post, stateOf(mailbox));
  const id = idOfSubscription(await stack.post(subscribeTo({ kind: 'Streaming', types: ALL_TYPES })));
  for (const list of fc.sample(stepsWith(fc.constant({ act: 'deliver' as const })), { numRuns: 3, seed: SEED })) {
    const stream = await StreamClient.open(stack.url, [id]);
    for (const step of list) await change(mailbox, step);
    // Told at the latest with what came last.
    const last = await mailbox.deliver(mail('last'));
    while (!stream.events.includes(`NewMail ${last.id}`)) await stream.until(stream.events.length + 1);
    stream.close();
    await stream.ended;
    await client.apply(stream.events);
    assertSame(mailbox, client);
  }
});
