import t from 'tap';
import { PATIENCE } from '../../../../src/backends/graph/prefetch/prefetched-answers.ts';
import type { GraphAnswer } from '../../../../src/simulator/graph/call.ts';
import { errorBody } from '../../../../src/simulator/graph/errors.ts';
import { TestClock } from '../../../support/clocks.ts';
import { eventually } from '../../../support/eventually.ts';
import { send } from '../../../support/stack.ts';
import { contentOf, startProgram, withoutEnd } from './program.ts';

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

for (const [name, change] of [
  ['is refused', () => ({ status: 404, json: errorBody('ErrorItemNotFound', 'The object was not found.') })],
  ['is put off', () => ({ status: 429, json: errorBody('ApplicationThrottled', 'Too many requests.') })],
  [
    'is a page of something in between',
    () => ({ status: 200, headers: { 'content-type': 'text/html' }, bytes: Buffer.from('<html>'), isForeign: true }),
  ],
  ['breaks off', (answer: GraphAnswer) => ({ ...answer, secondHalf: 'never' as const })],
] as const)
  t.test(`where an answer ${name}, the program has a call of its own`, async (t) => {
    const { stack, deliver, getItem, save, alterContent, callsFor } = await startProgram(t);
    const [item] = await deliver(1, 2);
    if (item === undefined) throw new Error('no message');
    await getItem(item);
    let changed = 0;
    alterContent(item, 1, 2, (answer) => {
      changed++;
      return change(answer);
    });
    await save(item, 0);
    await eventually(() => changed === 1);
    t.equal(await save(item, 1), contentOf(0, 1));
    t.equal(callsFor(item, 1), 2);
    const { text } = await send(`${stack.admin}/metrics`, null);
    t.match(text, /ews_gateway_prefetched_total\{registration="contoso",result="failed"\} 1\n/);
  });

t.test('a program waits two seconds for what is on its way', async (t) => {
  const clock = new TestClock('2026-11-01T00:00:00Z', true);
  const { deliver, getItem, save, alterContent, callsFor } = await startProgram(t, { clock });
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  alterContent(item, 1, 2, withoutEnd(t));
  await save(item, 0);
  await eventually(() => callsFor(item, 1) === 1);
  const saved = save(item, 1);
  await eventually(() => clock.pauses.includes(PATIENCE));
  clock.pass(PATIENCE);
  t.equal(await saved, contentOf(0, 1));
  t.equal(callsFor(item, 1), 2);
});
