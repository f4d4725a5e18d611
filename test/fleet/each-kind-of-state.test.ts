/** One suite for all that is kept: on one machine, and by two gateways that share a Redis server. */
import t, { type Test } from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import type { KeptState } from '../../src/gateway/kept-state.ts';
import { eventually, eventuallySo } from '../support/eventually.ts';
import { keptState, PATIENT } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';
import { CHEAP, TENANT } from '../support/stack.ts';

/** Where something is done, and where it is to be known. */
interface Places {
  readonly here: KeptState;
  readonly there: KeptState;
}

const KINDS = [
  ['one machine', false, onOneMachine],
  ['two gateways with Redis', WITHOUT_REDIS, withRedis],
] as const;
const NAME = 'alice@contoso.test';
const SHORTLY = 60_000;
const GUIDS = ['11111111-aaaa-4111-8111-111111111111', '22222222-aaaa-4222-8222-222222222222'] as const;

async function onOneMachine(t: Test): Promise<Places> {
  const { state } = await keptState(t, undefined);
  return { here: state, there: state };
}

async function withRedis(t: Test): Promise<Places> {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const [first, second] = [await keptState(t, redis.url, PATIENT), await keptState(t, redis.url, PATIENT)];
  await eventually(() => first.state.fleet?.isJoined && second.state.fleet?.isJoined);
  return { here: first.state, there: second.state };
}

for (const [kind, skip, places] of KINDS)
  t.test(kind, { skip }, async (t) => {
    const { here, there } = await places(t);

    t.test('failed sign-ins are counted together, listed, and forgotten', async (t) => {
      await here.lockouts.add('name-failures', NAME, SHORTLY);
      t.match(await there.lockouts.add('name-failures', NAME, SHORTLY), { count: 2 });
      const { count, remaining } = (await here.lockouts.get('name-failures', NAME)) ?? { count: 0, remaining: 0 };
      t.equal(count, 2);
      t.ok(remaining > SHORTLY / 2 && remaining <= SHORTLY, `${remaining} ms`);
      t.equal(await there.lockouts.get('name-lock', NAME), undefined);
      await here.lockouts.set('name-lock', 'a*[b]', SHORTLY);
      t.match(await there.lockouts.entries('name-lock'), [['a*[b]', { count: 1 }]]);
      t.same(await there.lockouts.entries('address-lock'), []);
      await there.lockouts.delete('name-lock', 'a*[b]');
      t.same(await here.lockouts.entries('name-lock'), []);
      t.match(await here.lockouts.get('name-failures', NAME), { count: 2 }, 'each kind by itself');
    });

    t.test('of all sign-ins that come at once one claims the enrolment', async (t) => {
      here.enrolments.open(NAME, new Date(Date.now() + SHORTLY), true);
      await eventually(() => there.enrolments.isOpen(NAME, true));
      t.same(
        there.enrolments.windows().map(({ name }) => name),
        [NAME],
      );
      const claims = await Promise.all([here, there].map(({ enrolments }) => enrolments.claim(NAME, true)));
      t.same(claims.toSorted(), [false, true]);
      await eventually(() => !here.enrolments.isOpen(NAME, true) && !there.enrolments.isOpen(NAME, true));
    });

    t.test('a password that was learned counts until it is forgotten', async (t) => {
      const hash = await hashPassword('PLANTED-new', CHEAP);
      here.enrolments.pin([{ name: NAME, hash, configured: undefined }]);
      await eventually(() => there.enrolments.hashOf(NAME, undefined) === hash);
      t.equal(there.enrolments.hashOf(NAME, 'another configured one'), 'another configured one');
      there.enrolments.forget(NAME);
      await eventually(() => here.enrolments.hashOf(NAME, undefined) === undefined);
    });

    t.test('a mailbox that has gone over to Graph has for all, until it is set back', async () => {
      const choice = { service: 'graph', isSet: false, since: new Date().toISOString(), reason: 'blocked' } as const;
      here.choices.choose('contoso', NAME, choice);
      await eventually(() => there.choices.of('contoso', NAME)?.service === 'graph');
      there.choices.choose('contoso', NAME, undefined);
      await eventually(() => here.choices.of('contoso', NAME) === undefined);
    });

    t.test('a caller that is added is for all, until it is removed', async (t) => {
      const dave = { username: 'Dave@contoso.test', mailbox: 'dave@contoso.test', registration: 'contoso' };
      const known = (state: KeptState): string[] => [...state.addedCallers.entries()].map(({ key }) => key);
      t.equal(here.addedCallers.add({ ...dave, operations: 'capture' }), undefined);
      await eventually(() => known(there).includes('dave@contoso.test'));
      t.match(there.addedCallers.add({ ...dave, operations: 'mail' }), /was added already/);
      t.equal(there.addedCallers.remove('dave@CONTOSO.test'), undefined);
      await eventually(() => known(here).length === 0);
    });

    t.test('a subscription belongs to its caller everywhere', async (t) => {
      here.subscriptions.add('subscription 1', NAME);
      await eventually(() => there.subscriptions.isOwn('subscription 1', NAME));
      t.notOk(there.subscriptions.isOwn('subscription 1', 'bob@contoso.test'));
    });

    t.test('a sign-in is kept encrypted, and renewed by any', async (t) => {
      here.signIns?.write('contoso', NAME, 'PLANTED-refresh-token');
      await eventually(() => there.signIns?.read('contoso', NAME) === 'PLANTED-refresh-token');
      there.signIns?.write('contoso', NAME, 'PLANTED-renewed');
      await eventually(() => here.signIns?.read('contoso', NAME) === 'PLANTED-renewed');
      t.equal(here.signIns?.read('contoso', 'bob@contoso.test'), undefined);
    });

    t.test('the GUID of a mailbox is known by what was learnt last', async (t) => {
      const [guids, others] = [here.guids.of(TENANT), there.guids.of(TENANT)];
      guids.learn('Alice@contoso.test', GUIDS[0]);
      await eventually(() => others.get('alice@CONTOSO.test') === GUIDS[0]);
      others.learn(NAME, GUIDS[1]);
      await eventually(() => guids.get(NAME) === GUIDS[1]);
      t.equal(guids.get('bob@contoso.test'), undefined);
      t.equal(here.guids.of('another tenant').get(NAME), undefined);
    });

    t.test('cookies of one are those of all', async (t) => {
      const [cookie = ''] = here.cookies.toClient(['X-BackEndCookie=abc'], NAME, false);
      t.equal(there.cookies.toUpstream(cookie.split(';')[0] ?? '', NAME), 'X-BackEndCookie=abc');
    });
  });

t.test('a reload that is asked of all reaches the others, and not itself', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const [one, other] = [await keptState(t, redis.url, PATIENT), await keptState(t, redis.url, PATIENT)];
  const stranger = await keptState(t, redis.url, `${PATIENT}, prefix: "other:"`);
  await one.state.fleet?.tell('reload');
  await eventually(() => other.commands.length === 1);
  t.same([one.commands, other.commands, stranger.commands], [[], ['reload'], []], 'another prefix is another fleet');
});

t.test('nothing in Redis is a secret that could be used', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const { state } = await keptState(t, redis.url, PATIENT);
  const hash = await hashPassword('PLANTED-new', CHEAP);
  state.enrolments.pin([{ name: NAME, hash, configured: undefined }]);
  state.signIns?.write('contoso', NAME, 'PLANTED-refresh-token');
  const all = (): string =>
    ['enrolments', 'sign-ins']
      .map((name) => redis.command('-a', 'PLANTED-redis', '--no-auth-warning', 'HGETALL', `ews-gateway:${name}`))
      .join('\n');
  await eventuallySo(async () => all().includes('["contoso') && all().includes(`password ${NAME}`), all);
  t.notMatch(all(), /PLANTED/);
  t.notOk(all().includes(hash));

  t.test('what somebody else writes there does not count', async (t) => {
    const forged = `${Date.now() + 1000} ${JSON.stringify({ hash, replaces: null })}`;
    redis.command('-a', 'PLANTED-redis', 'HSET', 'ews-gateway:enrolments', 'password bob@contoso.test', forged);
    const other = await keptState(t, redis.url, PATIENT);
    t.equal(other.state.enrolments.hashOf(NAME, undefined), hash, 'it has what gateways wrote');
    t.equal(other.state.enrolments.hashOf('bob@contoso.test', undefined), undefined);
  });
});
