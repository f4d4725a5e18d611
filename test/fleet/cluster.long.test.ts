import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import { keptState, PATIENT } from '../support/kept-states.ts';
import { startCluster } from '../support/redis-fleet.ts';
import { WITHOUT_REDIS } from '../support/redis.ts';
import { redisTls, type RedisTls } from '../support/redis-tls.ts';

const NAME = 'alice@contoso.test';
const SHORTLY = 60_000;
const KEY = '{ews-gateway:}';

async function followsShard(t: Test, tls?: RedisTls): Promise<void> {
  const cluster = await startCluster(t, tls);
  const urls = cluster.nodes.map(({ url }) => `"${url}"`).join(', ');
  const place = `cluster: { urls: [${urls}] }`;
  const more = `${PATIENT}${tls?.own ?? ''}`;
  const one = await keptState(t, place, more, tls?.trust);
  const two = await keptState(t, place, more, tls?.trust);
  const both = [one.state, two.state];
  await eventually(() => both.every(({ fleet }) => fleet?.isJoined === true));
  const request = { key: 'k', weight: 4, slots: 4, spare: 0, delay: 0, isWanted: () => true };
  const lease = await one.state.fleet?.leases.take(request);
  t.ok(typeof lease === 'object', 'scripts that touch several keys');
  await one.state.lockouts.set('name-lock', NAME, SHORTLY);
  t.match(await two.state.lockouts.entries('name-lock'), [[NAME, { count: 1 }]]);
  one.state.enrolments.open(NAME, new Date(Date.now() + SHORTLY), true);
  await eventually(() => two.state.enrolments.isOpen(NAME, true));

  await t.test('when that shard is held by another node', async (t) => {
    const holder = cluster.nodeOf(KEY);
    holder.command('-a', 'PLANTED-redis', '--no-auth-warning', 'FLUSHALL');
    const other = cluster.nodes.find((node) => node !== holder) ?? holder;
    await cluster.move(KEY, other);
    one.state.subscriptions.add('subscription 1', NAME);
    await eventually(
      () =>
        both.every(({ fleet }) => fleet?.isJoined === true) && two.state.subscriptions.isOwn('subscription 1', NAME),
      () => both.map(({ fleet }) => fleet?.status()),
    );
    t.match(other.command('-a', 'PLANTED-redis', '--no-auth-warning', 'KEYS', '*'), /\{ews-gateway:\}gateways/);
  });

  await t.test('when its node dies, and its replica takes over', async () => {
    const holder = cluster.nodeOf(KEY);
    await cluster.addReplica(holder);
    await holder.kill();
    await eventually(() => both.every(({ fleet }) => fleet?.isJoined === false));
    two.state.subscriptions.add('subscription 2', NAME);
    await eventually(
      () =>
        both.every(({ fleet }) => fleet?.isJoined === true) && one.state.subscriptions.isOwn('subscription 2', NAME),
      () => both.map(({ fleet }) => fleet?.status()),
    );
  });
}

t.test('gateways follow the shard of a Cluster that holds their keys', { skip: WITHOUT_REDIS }, (t) => followsShard(t));

t.test('over TLS, with a certificate of the gateway', { skip: WITHOUT_REDIS }, (t) => followsShard(t, redisTls(t)));
