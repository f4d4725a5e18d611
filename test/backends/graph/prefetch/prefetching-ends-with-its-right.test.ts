import t, { type Test } from 'tap';
import { eventually, eventuallySo } from '../../../support/eventually.ts';
import { send } from '../../../support/stack.ts';
import { startProgram, withoutEnd, type Program } from './program.ts';

/** With the second attachment on its way, whose answer has no end. */
async function whileOneIsFetched(t: Test): Promise<Program> {
  const program = await startProgram(t);
  const { deliver, getItem, save, alterContent, contentCalls, callsFor } = program;
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  alterContent(item, 1, 2, withoutEnd(t));
  await save(item, 0);
  await eventually(() => callsFor(item, 1) === 1, contentCalls);
  return program;
}

t.test('a gateway that stops waits for nothing that nobody has asked for', async (t) => {
  const { stack } = await whileOneIsFetched(t);
  await stack.gateway.close();
  t.pass('it has stopped');
});

t.test('nothing is fetched for a caller who may not read any more', async (t) => {
  const { stack } = await whileOneIsFetched(t);
  stack.writeConfig({ backend: 'graph', alice: '    operations: [FindItem]' });
  await stack.reload();
  await eventuallySo(async () => {
    const { text } = await send(`${stack.admin}/metrics`, null);
    return /ews_gateway_prefetched_total\{registration="contoso",result="failed"\} 1\n/.test(text);
  });
  t.pass('it was given up');
});
