import t from 'tap';
import { LIFETIME } from '../../../../src/backends/graph/prefetch/prefetched-answers.ts';
import { TestClock } from '../../../support/clocks.ts';
import { eventually } from '../../../support/eventually.ts';
import { ALICE, BOB } from '../../../support/stack.ts';
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

t.test('so it is when another caller has changed it, by another of its addresses', async (t) => {
  const options = { alice: `    mailbox: alias.${BOB}` };
  const { deliver, getItem, save, markRead, contentCalls, callsFor } = await startProgram(t, options, BOB);
  const [item, other] = await deliver(2, 2);
  if (item === undefined || other === undefined) throw new Error('no messages');
  await getItem(item);
  await save(item, 0);
  await eventually(() => contentCalls() === 2, contentCalls);
  await markRead(other, ALICE);
  t.equal(await save(item, 1), contentOf(0, 1));
  t.equal(callsFor(item, 1), 2);
});

t.test('and when a caller of the registration has changed something over EWS', async (t) => {
  const options = { alice: '    backend: ews' };
  const { deliver, getItem, save, markRead, contentCalls, callsFor } = await startProgram(t, options, BOB);
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  await save(item, 0);
  await eventually(() => contentCalls() === 2, contentCalls);
  await t.rejects(markRead(item, ALICE), /ErrorItemNotFound|ErrorAccessDenied/, 'which that cannot tell from a change');
  t.equal(await save(item, 1), contentOf(0, 1));
  t.equal(callsFor(item, 1), 2);
});

t.test('an upload changes its message when its last piece has come', async (t) => {
  const options = { alice: '    operations: mail' };
  const { stack, deliver, findItem, getItem, attach, messageCalls } = await startProgram(t, options);
  const [first, second, third] = await deliver(3, 0);
  if (first === undefined || second === undefined || third === undefined) throw new Error('no messages');
  const { graph } = stack.simulator;
  // Time for what comes between the beginning of the upload and its end.
  graph.uploads.script.add({ operation: 'PUT upload', delay: 1_000 });
  const attached = attach(third, Buffer.alloc(4 * 1024 * 1024));
  await eventually(() => graph.requests.some(({ template }) => template.endsWith('createUploadSession')));
  await findItem();
  await getItem(first);
  await getItem(second);
  await eventually(() => messageCalls(third) >= 1);
  await attached;
  t.match(await getItem(third), '<t:Name>large.bin</t:Name>');
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
