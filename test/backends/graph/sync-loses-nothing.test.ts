import fc from 'fast-check';
import t from 'tap';
import { ALL_A, ALL_B, type GraphBehaviour } from '../../../src/simulator/graph/behaviour.ts';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { startDifferential } from '../../support/differential.ts';
import { mail } from '../../support/stack.ts';
import { SyncClient } from '../../support/sync-client.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_129);
const RUNS = Number(process.env['RUNS'] ?? 8);

type Step =
  | { readonly act: 'deliver' | 'moveIn' }
  | { readonly act: 'read' | 'change' | 'moveOut' | 'delete' | 'copy'; readonly which: number }
  | { readonly act: 'sync'; readonly most: number };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('deliver', 'moveIn') }) },
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constantFrom('read', 'change', 'moveOut', 'delete', 'copy'),
        which: fc.nat(50),
      }),
    },
    { weight: 3, arbitrary: fc.record({ act: fc.constant('sync'), most: fc.integer({ min: 1, max: 6 }) }) },
  ),
  { minLength: 5, maxLength: 25 },
) as fc.Arbitrary<Step[]>;

const inboxOf = (mailbox: Mailbox) => mailbox.items.list(mailbox.folders.resolve('inbox').id);

async function change(mailbox: Mailbox, step: Step): Promise<void> {
  if (step.act === 'deliver') await mailbox.deliver(mail('new'));
  else if (step.act === 'moveIn') mailbox.move((await mailbox.deliver(mail('moved'), 'drafts')).id, 'inbox');
  if (!('which' in step)) return;
  const items = inboxOf(mailbox);
  const item = items[step.which % items.length];
  if (item === undefined) return;
  if (step.act === 'read') mailbox.update(item.id, { isRead: !item.isRead });
  else if (step.act === 'change') mailbox.update(item.id, { categories: [`${step.which}`] });
  else if (step.act === 'moveOut') mailbox.move(item.id, 'deleteditems');
  else if (step.act === 'copy') mailbox.copy(item.id, 'inbox');
  else mailbox.delete(item.id, 'hard');
}

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
