import t from 'tap';
import { LIFETIME } from '../../../../src/backends/graph/prefetch/prefetched-answers.ts';
import { TestClock } from '../../../support/clocks.ts';
import { eventually } from '../../../support/eventually.ts';
import { contentOf, startProgram } from './program.ts';

t.test('after a change of the mailbox through the gateway all is asked for again', async (t) => {
  const { deliver, getItem, save, markRead, contentCalls, callsFor } = await startProgram(t);
  const [item, other] = await deliver(2, 2);
  if (item === undefined || other === undefined) throw new Error('no messages');
  await getItem(item);
  await save(item, 0);
  await eventually(() => contentCalls() === 2, contentCalls);
  await markRead(other);
  t.equal(await save(item, 1), contentOf(0, 1));
  t.equal(callsFor(item, 1), 2);
});

for (const [age, calls] of [
  [LIFETIME - 1, 1],
  [LIFETIME, 2],
] as const)
  t.test(`what was fetched ${age} ms ago is ${calls === 1 ? 'given' : 'asked for again'}`, async (t) => {
    const clock = new TestClock('2026-11-01T00:00:00Z');
    const { deliver, getItem, save, contentCalls, callsFor } = await startProgram(t, { clock });
    const [item] = await deliver(1, 2);
    if (item === undefined) throw new Error('no message');
    await getItem(item);
    await save(item, 0);
    await eventually(() => contentCalls() === 2, contentCalls);
    clock.pass(age);
    t.equal(await save(item, 1), contentOf(0, 1));
    t.equal(callsFor(item, 1), calls);
  });
