import t from 'tap';
import { toGraphAlphabet } from '../../../../src/ews/ids/alphabet.ts';
import { eventually } from '../../../support/eventually.ts';
import { contentOf, startProgram } from './program.ts';

const CONTENT = 'GET /users/{user}/messages/{message}/attachments/{attachment}/$value';

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
  const { stack, deliver, getItem, getItems, save, contentCalls } = await startProgram(t);
  const items = await deliver(5, 3);
  const [item] = items;
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  const never = Promise.withResolvers<void>();
  t.teardown(() => never.resolve());
  stack.simulator.graph.script.add({
    operation: CONTENT,
    times: 3,
    alter: (answer, call) =>
      call.param('attachment') === toGraphAlphabet(item.attachments[0]?.id ?? '')
        ? answer
        : { ...answer, secondHalf: never.promise },
  });
  await save(item, 0);
  await eventually(() => contentCalls() === 3, contentCalls);
  t.match(await getItems(items), /NoError/);
  t.ok(Math.max(...stack.simulator.graph.requests.map(({ inFlight }) => inFlight)) <= 4);
});
