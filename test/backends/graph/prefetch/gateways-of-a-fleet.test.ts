import t from 'tap';
import { anotherGateway } from '../../../support/another-gateway.ts';
import { GET_FOLDER } from '../../../support/envelopes.ts';
import { sharedYaml } from '../../../support/kept-states.ts';
import { eventually, eventuallySo } from '../../../support/eventually.ts';
import { startRedis, WITHOUT_REDIS } from '../../../support/redis.ts';
import { send } from '../../../support/stack.ts';
import { contentOf, startProgram } from './program.ts';

t.test('where others may change a mailbox no messages are fetched ahead', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const program = await startProgram(t, { yaml: sharedYaml(redis.url) });
  const { deliver, findItem, getItem, save, messageCalls, contentCalls, callsFor } = program;
  const items = await deliver(4, 2);
  const [first, second, third] = items;
  if (first === undefined || second === undefined || third === undefined) throw new Error('no messages');
  await findItem();
  for (const item of [first, second, third]) await getItem(item);
  t.same(items.map(messageCalls), [1, 1, 1, 0]);

  // The content that an id stands for is always the same.
  await save(first, 0);
  await eventually(() => contentCalls() === 2, contentCalls);
  t.equal(await save(first, 1), contentOf(0, 1));
  t.equal(callsFor(first, 1), 1);
});

t.test('one of the four slots of a fleet stays free', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const program = await startProgram(t, { yaml: sharedYaml(redis.url) });
  const { stack, deliver, getItem, save, alterContent, contentCalls, callsFor } = program;
  const [item] = await deliver(1, 2);
  if (item === undefined) throw new Error('no message');
  await getItem(item);
  const other = await anotherGateway(t, stack, 'other', sharedYaml(redis.url));
  await other(GET_FOLDER);

  // Two calls of the other gateway, and one of this, that do not end yet.
  const { graph } = stack.simulator;
  const end = Promise.withResolvers<void>();
  const before = graph.requests.length;
  graph.script.add({ operation: 'GET /users/{user}/mailFolders/{folder}', times: 2, hold: end.promise });
  const held = [other(GET_FOLDER), other(GET_FOLDER)];
  await eventually(() => graph.requests.length === before + 2);
  alterContent(item, 0, 1, (answer) => ({ ...answer, secondHalf: end.promise }));
  const saved = save(item, 0);
  await eventuallySo(async () => {
    const { text } = await send(`${stack.admin}/metrics`, null);
    return /ews_gateway_prefetched_total\{registration="contoso",result="failed"\} 1\n/.test(text);
  });
  t.equal(contentCalls(), 1, 'the fourth is not taken for what nobody has asked for');
  t.equal((await other(GET_FOLDER)).status, 200, 'but for who comes');
  end.resolve();
  t.equal(await saved, contentOf(0, 0));
  await Promise.all(held);
  t.equal(callsFor(item, 1), 0);
});
