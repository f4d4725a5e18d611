import t from 'tap';
import { eventually } from '../../../support/eventually.ts';
import { startProgram } from './program.ts';

t.test('a program that reads a list one by one is given what follows', async (t) => {
  const { deliver, findItem, getItem, messageCalls } = await startProgram(t);
  const items = await deliver(7, 0);
  const [first, second, third, fourth, fifth, sixth, seventh] = items;
  if (first === undefined || second === undefined || third === undefined || seventh === undefined)
    throw new Error('no messages');
  await findItem();
  await getItem(first);
  t.same(items.map(messageCalls), [1, 0, 0, 0, 0, 0, 0], 'one is no row yet');
  await getItem(second);
  await eventually(() => fourth !== undefined && messageCalls(fourth) === 1);
  t.same(items.map(messageCalls), [1, 1, 1, 1, 0, 0, 0], 'two follow, beside the one that is asked for');
  for (const item of [third, fourth, fifth, sixth, seventh])
    if (item !== undefined) t.match(await getItem(item), `<t:Subject>${item.subject}</t:Subject>`);
  t.same(items.map(messageCalls), [1, 1, 1, 1, 1, 1, 1], 'each was fetched once');
});

t.test('so is one that reads what SyncFolderItems has given', async (t) => {
  const { deliver, syncFolderItems, getItem, messageCalls } = await startProgram(t);
  const items = await deliver(4, 0);
  const text = await syncFolderItems();
  const inOrder = items.toSorted((a, b) => text.indexOf(a.id) - text.indexOf(b.id));
  const [first, second, , fourth] = inOrder;
  if (first === undefined || second === undefined || fourth === undefined) throw new Error('no messages');
  await getItem(first);
  await getItem(second);
  await eventually(() => messageCalls(fourth) === 1);
  for (const item of inOrder.slice(2)) await getItem(item);
  t.same(inOrder.map(messageCalls), [1, 1, 1, 1]);
});

t.test('for a program that changes each before it reads the next nothing is fetched ahead', async (t) => {
  const { deliver, findItem, getItem, markRead, messageCalls } = await startProgram(t);
  const items = await deliver(4, 0);
  await findItem();
  for (const item of items) {
    t.equal(messageCalls(item), 0);
    await getItem(item);
    await markRead(item);
  }
});

t.test('a program reads what it has written', async (t) => {
  const { deliver, findItem, getItem, markRead, messageCalls } = await startProgram(t);
  const [first, second, third] = await deliver(3, 0);
  if (first === undefined || second === undefined || third === undefined) throw new Error('no messages');
  await findItem();
  await getItem(first);
  await getItem(second);
  await eventually(() => messageCalls(third) === 1);
  await markRead(third);
  t.match(await getItem(third), '<t:IsRead>true</t:IsRead>');
});

t.test('who asks for something else of a message gets that', async (t) => {
  const { deliver, findItem, getItem, messageCalls } = await startProgram(t);
  const items = await deliver(4, 0);
  const [first, second, third, fourth] = items;
  if (first === undefined || second === undefined || third === undefined || fourth === undefined)
    throw new Error('no messages');
  await findItem();
  await getItem(first);
  await getItem(second);
  await eventually(() => messageCalls(fourth) === 1);
  const body = '<t:BodyType>Text</t:BodyType>';
  t.match(await getItem(third, body), /<t:Body BodyType="Text"/);
  t.equal(messageCalls(third), 2);
});
