import t from 'tap';
import { sharedYaml } from '../../../support/kept-states.ts';
import { eventually } from '../../../support/eventually.ts';
import { startRedis, WITHOUT_REDIS } from '../../../support/redis.ts';
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
