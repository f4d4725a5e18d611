import t from 'tap';
import { eventually } from '../../../support/eventually.ts';
import { CONTENT, contentOf, startProgram, withoutEnd } from './program.ts';

t.test('of four calls at a time one is left to programs', async (t) => {
  const { stack, deliver, getItem, save, contentCalls } = await startProgram(t);
  const [item, other] = await deliver(2, 6);
  if (item === undefined || other === undefined) throw new Error('no messages');
  await getItem(item);
  await getItem(other);
  const held = Promise.withResolvers<void>();
  stack.simulator.graph.script.add({ operation: CONTENT, times: 3, hold: held.promise });
  const saved = save(item, 0);
  await eventually(() => contentCalls() === 3, contentCalls);
  t.equal(await save(other, 0), contentOf(1, 0), 'a program that comes does not wait');
  t.equal(contentCalls(), 4, 'and nothing more was fetched ahead');
  held.resolve();
  t.equal(await saved, contentOf(0, 0));
  t.ok(Math.max(...stack.simulator.graph.requests.map(({ inFlight }) => inFlight)) <= 4);
});

t.test('a program that needs all four does not wait for what nobody has asked for', async (t) => {
  const { stack, deliver, getItem, getItems, save, alterContent, contentCalls } = await startProgram(t);
  const items = await deliver(5, 2);
  const [item] = items;
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  alterContent(item, 1, 2, withoutEnd(t));
  await save(item, 0);
  await eventually(() => contentCalls() === 2, contentCalls);
  t.match(await getItems(items), /NoError/);
  t.ok(Math.max(...stack.simulator.graph.requests.map(({ inFlight }) => inFlight)) <= 4);
});
