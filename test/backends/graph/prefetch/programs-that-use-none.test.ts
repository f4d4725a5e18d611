import t from 'tap';
import { LIFETIME } from '../../../../src/backends/graph/prefetch/prefetched-answers.ts';
import { TestClock } from '../../../support/clocks.ts';
import { eventually } from '../../../support/eventually.ts';
import { send } from '../../../support/stack.ts';
import { startProgram } from './program.ts';

t.test('a program that saves only the first attachment is left alone, and tried again later', async (t) => {
  const clock = new TestClock('2026-11-01T00:00:00Z', true);
  const { stack, deliver, getItem, save, contentCalls } = await startProgram(t, { clock });
  const items = await deliver(6, 3);
  const fetched: number[] = [];
  const saveFirst = async (message: number, ahead: number): Promise<void> => {
    const item = items[message];
    if (item === undefined) throw new Error('no message');
    await getItem(item);
    const before = contentCalls();
    await save(item, 0);
    await eventually(() => contentCalls() === before + 1 + ahead, contentCalls);
    fetched.push(contentCalls() - before - 1);
    clock.pass(LIFETIME);
  };
  for (const message of [0, 1]) await saveFirst(message, 2);
  for (const message of [2, 3]) await saveFirst(message, 0);
  clock.pass(600_000);
  await saveFirst(4, 2);
  t.same(fetched, [2, 2, 0, 0, 2]);
  const { text } = await send(`${stack.admin}/metrics`, null);
  t.match(text, /ews_gateway_prefetched_total\{registration="contoso",result="unused"\} 6\n/);
});
