import t from 'tap';
import { toGraphAlphabet } from '../../../../src/ews/ids/alphabet.ts';
import { eventually } from '../../../support/eventually.ts';
import { contentOf, startProgram } from './program.ts';

t.test('with the first attachment come the next two, which then cost no further call', async (t) => {
  const { deliver, getItem, save, contentCalls, callsFor } = await startProgram(t);
  const [item] = await deliver(1, 6);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  t.equal(contentCalls(), 0, 'nothing comes before a program has saved one');
  t.equal(await save(item, 0), contentOf(0, 0));
  await eventually(() => contentCalls() === 3, contentCalls);
  t.equal(callsFor(item, 3), 0, 'those behind them wait');
  for (let place = 1; place < 6; place++) t.equal(await save(item, place), contentOf(0, place));
  t.same(
    item.attachments.map((_attachment, place) => callsFor(item, place)),
    [1, 1, 1, 1, 1, 1],
    'each was fetched once',
  );
});

t.test('a program that comes while it is fetched waits for that', async (t) => {
  const { stack, deliver, getItem, save, callsFor } = await startProgram(t);
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  stack.simulator.graph.settings.latency = 50;
  await save(item, 0);
  t.equal(await save(item, 1), contentOf(0, 1));
  t.equal(callsFor(item, 1), 1);
});

t.test('what cannot be fetched ahead is asked for when the program asks', async (t) => {
  const { stack, deliver, getItem, save, callsFor } = await startProgram(t);
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  let refused = 0;
  stack.simulator.graph.script.add({
    operation: 'GET /users/{user}/messages/{message}/attachments/{attachment}/$value',
    times: 2,
    alter: (answer, call) => {
      if (call.param('attachment') !== toGraphAlphabet(item.attachments[1]?.id ?? '')) return answer;
      refused++;
      return { status: 404, json: { error: { code: 'ErrorItemNotFound', message: 'The object was not found.' } } };
    },
  });
  await save(item, 0);
  await eventually(() => refused === 1);
  t.equal(await save(item, 1), contentOf(0, 1));
  t.equal(callsFor(item, 1), 2);
});
