/** Whoever can write to Redis can send messages: those that no gateway sends change nothing, and end no process. */
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { keptState, PATIENT } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';

const NAME = 'alice@contoso.test';
const MARK = JSON.stringify(['subscription 1', NAME]);

const MESSAGES: readonly unknown[] = [
  null,
  5,
  'text',
  [],
  {},
  { sender: 5, command: 'reload' },
  { sender: 'x', command: 'stop' },
  { sender: 'x', command: ['reload'] },
  { sender: 'x', command: 'reload', host: { toString: 1 } },
  { sender: 'x', table: 'enrolments', key: 5, record: 5 },
  { sender: 'x', table: 'enrolments', key: `password ${NAME}`, record: '' },
  { sender: 'x', table: '__proto__', key: '__proto__', record: '1 x' },
  ...['back-offs', 'subscriptions', 'guids', 'toString'].flatMap((marks) =>
    [
      null,
      5,
      {},
      { text: 5, remaining: 1_000 },
      { text: null, remaining: 1_000 },
      { text: MARK },
      { text: MARK, remaining: '1000' },
      { text: MARK, remaining: -1 },
      { text: MARK, remaining: 1e300 },
      { text: { startsWith: 1 }, remaining: 1_000 },
    ].map((mark) => ({ sender: 'x', marks, mark })),
  ),
];

t.test('messages that no gateway sends', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const { state, commands } = await keptState(t, redis.url, PATIENT);
  await eventually(() => state.fleet?.isJoined === true);
  // So that there is somebody who hears of marks.
  state.subscriptions.add('subscription 0', NAME);
  const publish = async (message: string): Promise<void> => {
    const heard = await state.fleet?.link.ask((client) => client.publish('ews-gateway:events', message));
    t.equal(heard, 1, message);
  };
  for (const message of MESSAGES) await publish(JSON.stringify(message));
  for (const text of ['', '{', '{"sender"', '[[[']) await publish(text);
  await publish(JSON.stringify({ sender: 'x', marks: 'subscriptions', mark: { text: MARK, remaining: 60_000 } }));
  // Behind all of them, what a gateway does send.
  await publish(JSON.stringify({ sender: 'x', command: 'reload', host: 'near' }));
  await eventually(() => commands.length > 0);
  t.same(commands, ['reload'], 'only that one is heard');
  t.equal(state.fleet?.isJoined, true, 'and nothing else has changed');
  t.notOk(state.subscriptions.isOwn('subscription 1', NAME), 'nobody can make it a caller’s without the key');
});
