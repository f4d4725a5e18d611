import fc from 'fast-check';
import t from 'tap';
import { ALL_A, ALL_B, type GraphBehaviour } from '../../../src/simulator/graph/behaviour.ts';
import { startDifferential } from '../../support/differential.ts';
import { mail } from '../../support/stack.ts';
import { SyncClient } from '../../support/sync-client.ts';
import { change, inboxOf, stepsWith } from './random-changes.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_129);
const RUNS = Number(process.env['RUNS'] ?? 8);

const steps = stepsWith(fc.record({ act: fc.constant('sync' as const), most: fc.integer({ min: 1, max: 6 }) }));

t.test('a copy of a folder is what the folder is, whatever happens between two pages', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const { simulator } = graph;
  const behaviours: Readonly<Record<string, GraphBehaviour>> = { A: ALL_A, B: ALL_B };
  for (const [name, behaviour] of Object.entries(behaviours)) {
    simulator.graph.behaviour = behaviour;
    await fc.assert(
      fc.asyncProperty(fc.nat(30), steps, steps, async (count, during, after) => {
        mailbox.emptyFolder('inbox', 'hard');
        for (let index = 0; index < count; index++) await mailbox.deliver(mail(`${index}`));
        const clients = [new SyncClient(graph.post), new SyncClient(ews)];
        for (const list of [during, after]) {
          for (const step of list)
            if (step.act === 'sync') for (const client of clients) await client.step(step.most);
            else await change(mailbox, step);
          for (const client of clients) {
            // What changed during a round comes with a second one.
            for (let round = 0; round < 2; round++) await client.finish(5);
            client.mayHearOfStrangers = false;
          }
          const there = inboxOf(mailbox)
            .map(({ id, isRead }) => `${id} ${isRead}`)
            .toSorted();
          for (const [index, { items }] of clients.entries()) {
            const copy = [...items].map(([id, isRead]) => `${id} ${isRead}`).toSorted();
            if (JSON.stringify(copy) !== JSON.stringify(there))
              throw new Error(`client ${index} has ${copy.length} of ${there.length}`);
          }
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
    t.pass(name);
  }
});
