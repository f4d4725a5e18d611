import t from 'tap';
import { eventually } from '../../../support/eventually.ts';
import { ALICE, BOB } from '../../../support/stack.ts';
import { contentOf, startProgram } from './program.ts';

t.test('what was fetched for one caller is given to no other who may open the mailbox', async (t) => {
  const alice = `    mayImpersonate: [${BOB}]`;
  const { deliver, getItem, save, contentCalls, callsFor } = await startProgram(t, { alice }, BOB);
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  await save(item, 0);
  await eventually(() => contentCalls() === 2, contentCalls);
  t.equal(await save(item, 1, ALICE), contentOf(0, 1));
  t.equal(callsFor(item, 1), 2, 'Alice has asked for it herself');
  t.equal(await save(item, 1), contentOf(0, 1));
  t.equal(callsFor(item, 1), 2, 'Bob is given what was fetched for him');
});

t.test('nor to one who may not open it', async (t) => {
  const { deliver, getItem, save, contentCalls, callsFor } = await startProgram(t, {}, BOB);
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  await save(item, 0);
  await eventually(() => contentCalls() === 2, contentCalls);
  await t.rejects(save(item, 1, ALICE), /ErrorItemNotFound|ErrorAccessDenied|ErrorInvalidId/);
  t.equal(callsFor(item, 1), 1);
});
