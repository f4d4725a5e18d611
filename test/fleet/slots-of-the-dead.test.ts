/** What becomes of a gateway's slots when it dies, stands still, or loses its connection. */
import { randomBytes } from 'node:crypto';
import t, { type Test } from 'tap';
import { RedisLink } from '../../src/fleet/redis-link.ts';
import { GRANTS, SlotLeases, type Lease, type LeaseRequest } from '../../src/fleet/slot-leases.ts';
import { eventually, eventuallySo } from '../support/eventually.ts';
import { faultyLine, type FaultyLine } from '../support/faulty-line.ts';
import { startRedis, WITHOUT_REDIS, type RedisServer } from '../support/redis.ts';

const FOUR: LeaseRequest = { key: 'a', weight: 4, slots: 4, spare: 0, delay: 0, isWanted: () => true };
/** Within no test. */
const LONG = { lifetime: 600_000, renewal: 600_000 };

interface Gateway {
  readonly line: FaultyLine;
  readonly leases: SlotLeases;
  /** How often there was a connection, with this one. */
  readonly connections: () => number;
  readonly isReady: () => boolean;
}

async function gateway(t: Test, redis: RedisServer, times = LONG): Promise<Gateway> {
  const id = randomBytes(4).toString('hex');
  const line = await faultyLine(t, redis.port);
  let isReady = false;
  let connections = 0;
  const link: RedisLink = new RedisLink(
    {
      settings: {
        servers: { kind: 'server', url: `redis://127.0.0.1:${line.port}` },
        username: undefined,
        password: undefined,
        tls: undefined,
        prefix: '',
        timeoutMilliseconds: 5_000,
      },
      onMessage: (_channel, text) => leases.granted(text),
      onReady: () => {
        isReady = true;
        connections++;
      },
      onAway: () => {
        isReady = false;
        leases.away();
      },
    },
    [`${GRANTS}${id}`],
  );
  const leases = new SlotLeases(link, id, times);
  link.open();
  t.teardown(async () => {
    await leases.close();
    link.close();
  });
  await eventually(() => isReady);
  return { line, leases, connections: () => connections, isReady: () => isReady };
}

async function take({ leases }: Gateway): Promise<Lease> {
  const lease = await leases.take(FOUR);
  if (typeof lease === 'string') throw new Error(lease);
  return lease;
}

const leasesIn = (redis: RedisServer): string => redis.command('ZCARD', 'leases:a');

t.test('one that dies loses them within a moment', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const [dead, next] = [await gateway(t, redis), await gateway(t, redis)];
  await take(dead);
  const waiting = take(next);
  await eventuallySo(async () => redis.command('ZCARD', 'line:a') === '1');
  dead.line.cut();
  t.notOk((await waiting).hasLapsed, 'long before its lease would have ended');
  t.equal(leasesIn(redis), '1');
});

t.test('the line passes over one that has died', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const three = [await gateway(t, redis), await gateway(t, redis), await gateway(t, redis)];
  const [holder, dead, next] = three as [Gateway, Gateway, Gateway];
  const held = await take(holder);
  const lost = dead.leases.take(FOUR);
  await eventuallySo(async () => redis.command('ZCARD', 'line:a') === '1');
  const waiting = take(next);
  await eventuallySo(async () => redis.command('ZCARD', 'line:a') === '2');
  dead.line.cut();
  t.equal(await lost, 'away');
  held.release();
  await waiting;
  t.equal(leasesIn(redis), '1');
});

t.test(
  'one that stands still knows that it has lost them before others get them',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const redis = await startRedis(t);
    const [still, next] = [
      await gateway(t, redis, { lifetime: 1_500, renewal: 500 }),
      await gateway(t, redis, { lifetime: 1_500, renewal: 500 }),
    ];
    const lease = await take(still);
    t.notOk(lease.hasLapsed);
    still.line.silence();
    const other = await take(next);
    t.ok(lease.hasLapsed);
    t.notOk(other.hasLapsed);

    still.line.restore();
    await eventually(() => still.connections() === 2);
    await still.leases.join();
    t.equal(leasesIn(redis), '2', 'what it had begun counts again');
    t.ok(lease.hasLapsed, 'for nothing new');
    lease.release();
    await eventuallySo(async () => leasesIn(redis) === '1');
  },
);

t.test('they last for as long as they are renewed', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const times = { lifetime: 1_500, renewal: 150 };
  const [holder, next] = [await gateway(t, redis, times), await gateway(t, redis, times)];
  const lease = await take(holder);
  const begun = performance.now();
  let isOver = false;
  const waiting = take(next).then(() => (isOver = true));
  await eventually(() => performance.now() - begun > 2 * times.lifetime + 300);
  t.notOk(isOver, 'nor do their keys expire');
  lease.release();
  await waiting;
});

t.test('a connection that is made again finds them', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const [holder, next] = [await gateway(t, redis), await gateway(t, redis)];
  const lease = await take(holder);
  holder.line.cut();
  await eventually(() => !holder.isReady());
  holder.line.restore();
  await eventually(() => holder.connections() === 2);
  await holder.leases.join();
  const waiting = take(next);
  await eventuallySo(async () => redis.command('ZCARD', 'line:a') === '1');
  t.equal(leasesIn(redis), '1');
  lease.release();
  await waiting;
});

t.test('what is given back meanwhile is free when the connection is back', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t);
  const holder = await gateway(t, redis);
  const lease = await take(holder);
  holder.line.cut();
  await eventually(() => !holder.isReady());
  lease.release();
  holder.line.restore();
  await eventually(() => holder.connections() === 2);
  t.equal(leasesIn(redis), '1');
  await holder.leases.join();
  t.equal(leasesIn(redis), '0');
});
