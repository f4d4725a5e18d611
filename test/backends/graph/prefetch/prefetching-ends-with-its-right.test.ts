import t, { type Test } from 'tap';
import { toGraphAlphabet } from '../../../../src/ews/ids/alphabet.ts';
import { eventually, eventuallySo } from '../../../support/eventually.ts';
import { send } from '../../../support/stack.ts';
import { startProgram, type Program } from './program.ts';

const CONTENT = 'GET /users/{user}/messages/{message}/attachments/{attachment}/$value';

/** With the second attachment on its way, whose answer has no end. */
async function whileOneIsFetched(t: Test): Promise<Program> {
  const program = await startProgram(t);
  const { stack, deliver, getItem, save, contentCalls, callsFor } = program;
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  const never = Promise.withResolvers<void>();
  t.teardown(() => never.resolve());
  stack.simulator.graph.script.add({
    operation: CONTENT,
    times: 2,
    alter: (answer, call) =>
      call.param('attachment') === toGraphAlphabet(item.attachments[1]?.id ?? '')
        ? { ...answer, secondHalf: never.promise }
        : answer,
  });
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
