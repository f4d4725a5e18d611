import t from 'tap';
import { MailboxGuids } from '../../src/backends/graph/mailbox-guids.ts';
import { codesOf, mailboxOf } from '../support/differential.ts';
import { envelope } from '../support/envelopes.ts';
import { eventually } from '../support/eventually.ts';
import { keptState, PATIENT, sharedYaml, type KeptStateSetting } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';
import { ALICE, BOB, mail, startStack, TENANT } from '../support/stack.ts';

const A = 'a@contoso.test';
const [LOW, HIGH] = ['11111111-aaaa-4111-8111-111111111111', '22222222-aaaa-4222-8222-222222222222'] as const;
/** More than are put into Redis, or read from it, at a time. */
const MANY = 1_200;
const SECRET = ['-a', 'PLANTED-redis', '--no-auth-warning'];
const KEY = 'ews-gateway:guids';

function guidsOf({ state }: KeptStateSetting, now?: () => number): MailboxGuids {
  if (state.fleet === undefined) throw new Error('there is no fleet');
  return new MailboxGuids(state.fleet.marks('guids'), now);
}

t.test(
  'a gateway that comes later knows all of them, also after Redis has lost them',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
    const first = await keptState(t, redis.url, PATIENT);
    await eventually(() => first.state.fleet?.isJoined);
    const addresses = Array.from({ length: MANY }, (_, index) => `${index}@contoso.test`);
    for (const address of addresses) first.state.guids.of(TENANT).learn(address, LOW);
    const knowsAll = ({ state }: KeptStateSetting): boolean =>
      addresses.every((address) => state.guids.of(TENANT).get(address) === LOW);
    await eventually(() => redis.command(...SECRET, 'ZCARD', KEY) === String(MANY));
    const second = await keptState(t, redis.url, PATIENT);
    t.ok(knowsAll(second), 'as soon as it has joined');

    await redis.kill();
    await eventually(() => first.state.fleet?.isJoined === false && second.state.fleet?.isJoined === false);
    first.state.guids.of(TENANT).learn('away@contoso.test', HIGH);
    await redis.restart();
    await eventually(() => first.state.fleet?.isJoined && second.state.fleet?.isJoined);
    t.equal(redis.command(...SECRET, 'ZCARD', KEY), String(MANY + 1));
    const third = await keptState(t, redis.url, PATIENT);
    t.ok(knowsAll(third));
    t.equal(third.state.guids.of(TENANT).get('away@contoso.test'), HIGH, 'what was learnt meanwhile too');
    await eventually(() => second.state.guids.of(TENANT).get('away@contoso.test') === HIGH);
  },
);

t.test('of two GUIDs of one address all take the same', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const [one, other] = [await keptState(t, redis.url, PATIENT), await keptState(t, redis.url, PATIENT)];
  await eventually(() => one.state.fleet?.isJoined && other.state.fleet?.isJoined);

  await t.test('of those that two gateways learn at the same time', async (t) => {
    const [first, second] = [one.state.guids.of(TENANT), other.state.guids.of(TENANT)];
    first.learn(A, HIGH);
    second.learn(A, LOW);
    await eventually(() => second.get(A) === HIGH);
    // Behind both, on the same connections.
    first.learn('b@contoso.test', LOW);
    second.learn('c@contoso.test', LOW);
    await eventually(() => first.get('c@contoso.test') !== undefined && second.get('b@contoso.test') !== undefined);
    t.same([first.get(A), second.get(A)], [HIGH, HIGH]);
    const late = await keptState(t, redis.url, PATIENT);
    t.equal(late.state.guids.of(TENANT).get(A), HIGH);
  });

  await t.test('and later on the one that was learnt last', async (t) => {
    let minutes = 0;
    const now = (): number => performance.now() + minutes * 60_000;
    const [first, second] = [guidsOf(one, now).of(TENANT), guidsOf(other, now).of(TENANT)];
    first.learn('d@contoso.test', HIGH);
    await eventually(() => second.get('d@contoso.test') === HIGH);
    minutes = 1;
    second.learn('d@contoso.test', LOW);
    await eventually(() => first.get('d@contoso.test') === LOW);
    minutes = 30 * 24 * 60;
    t.equal(first.get('d@contoso.test'), LOW, 'which is known here for good');
  });
});

t.test('what no gateway writes is passed over', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const later = String(Date.now() + 60_000);
  const texts = [
    '',
    LOW,
    `${LOW} ${TENANT}`,
    `${LOW}  ${A}`,
    `${LOW.toUpperCase()} ${TENANT} ${A}`,
    `${LOW}0 ${TENANT} ${A}`,
    `${LOW.slice(1)} ${TENANT} ${A}`,
    `${'0'.repeat(36)} ${TENANT} ${A}`,
    ` ${LOW} ${TENANT} ${A}`,
    `${LOW} ${TENANT} ${A}\n`,
    `${LOW}\n${LOW} ${TENANT} ${A}`,
    `${LOW} ${TENANT} ${'a'.repeat(1_000)}@contoso.test`,
    `__proto__ ${TENANT} ${A}`,
  ];
  for (const text of texts) redis.command(...SECRET, 'ZADD', KEY, later, text);
  redis.command(...SECRET, 'ZADD', KEY, later, `${HIGH} ${TENANT} b@contoso.test`);
  const { state } = await keptState(t, redis.url, PATIENT);
  const guids = state.guids.of(TENANT);
  t.equal(guids.get('b@contoso.test'), HIGH, 'beside all of them, what a gateway does write');
  for (const address of [A, `${A}\n`, '', '__proto__', `${'a'.repeat(1_000)}@contoso.test`])
    t.equal(guids.get(address), undefined);
});

t.test('a forged one opens no mailbox', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const stack = await startStack(t, {
    backend: 'graph',
    yaml: sharedYaml(redis.url),
  });
  const [alice, bob] = [mailboxOf(stack), stack.simulator.exchange.mailboxes.find(({ address }) => address === BOB)];
  if (bob === undefined) throw new Error('no mailbox');
  const [own, foreign] = [await alice.deliver(mail('own')), await bob.deliver(mail('foreign'))];
  const forge = (address: string, guid: string): void => {
    const mark = { text: `${guid} ${TENANT} ${address}`, remaining: 60_000 };
    redis.command('ZADD', KEY, String(Date.now() + mark.remaining), mark.text);
    redis.command('PUBLISH', 'ews-gateway:events', JSON.stringify({ sender: 'x', marks: 'guids', mark }));
  };
  const read = async (): Promise<void> => {
    const ids = `<t:ItemId Id="${own.id}"/><t:ItemId Id="${foreign.id}"/>`;
    const shape = '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>';
    const answer = await stack.post(envelope(`<m:GetItem>${shape}<m:ItemIds>${ids}</m:ItemIds></m:GetItem>`));
    t.same(codesOf(answer.text), ['NoError', 'ErrorItemNotFound']);
  };
  forge(ALICE, bob.guid);
  forge(BOB, alice.guid);
  await read();
  forge(ALICE, bob.guid);
  forge(BOB, alice.guid);
  await read();
});
