import t from 'tap';
import { toGraphAlphabet } from '../../../../src/ews/ids/alphabet.ts';
import { eventually } from '../../../support/eventually.ts';
import { startProgram } from './program.ts';

const CONTENT = 'GET /users/{user}/messages/{message}/attachments/{attachment}/$value';

t.test('a gateway that stops waits for nothing that nobody has asked for', async (t) => {
  const { stack, deliver, getItem, save, contentCalls, callsFor } = await startProgram(t);
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
  await stack.gateway.close();
  t.pass('it has stopped');
});
