import t, { type Test } from 'tap';
import { MailboxGate } from '../../src/backends/mailbox-gate.ts';
import type { Slot, SlotRequest } from '../../src/backends/slot.ts';
import { gateSharing } from '../../src/gateway/shared-gate.ts';
import { eventually, eventuallySo } from '../support/eventually.ts';
import { faultyLine } from '../support/faulty-line.ts';
import { keptState, PATIENT, type KeptStateSetting } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';

const HERE = { destroyed: false };
const REQUEST: SlotRequest = { mailbox: 'a@contoso.test', caller: 'x', client: HERE };
const SLOTS = 4;
const MANY = { requestsPerMailbox: SLOTS, waitingPerMailbox: 1_000, longestWaitSeconds: 60 };
const NO_EVENTS = { coolDown: () => undefined, waited: () => undefined, refused: () => undefined };

function gateOf({ state }: KeptStateSetting, settings = MANY): MailboxGate {
  if (state.fleet === undefined) throw new Error('there is no fleet');
  return new MailboxGate(settings, NO_EVENTS, { sharing: gateSharing(state.fleet, 'graph app', { slots: true }) });
}

/** Gates of gateways that have seen each other. @param more of sharedState */
async function gates(
  t: Test,
  url: string,
  count: number,
  more = '',
): Promise<{ gates: MailboxGate[]; states: KeptStateSetting[] }> {
  const states: KeptStateSetting[] = [];
  while (states.length < count) states.push(await keptState(t, url, more));
  return { gates: states.map((state) => gateOf(state)), states };
}

t.test('all gateways together have four slots for a mailbox', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const { gates: three, states } = await gates(t, redis.url, 3, PATIENT);
  let [running, most] = [0, 0];
  const call = async (gate: MailboxGate, index: number): Promise<void> => {
    const weight = 1 + (index % 3);
    const slot = await gate.acquire({ ...REQUEST, caller: `caller ${index % 5}`, weight });
    running += weight;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= weight;
    slot.release();
  };
  await Promise.all(three.flatMap((gate) => Array.from({ length: 30 }, (_, index) => call(gate, index))));
  t.ok(most <= SLOTS, `${most} at a time`);
  t.ok(most > 2, 'and they are used');
  const other = await three[0]?.acquire({ ...REQUEST, mailbox: 'b@contoso.test', weight: 4 });
  t.ok(other, 'those of another mailbox are others');
  other?.release();
  await eventually(() => states.every(({ state }) => state.fleet?.leases.counts.held === 0));
});

t.test('gateways take turns, and a call of many slots is not overtaken', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const { gates: three } = await gates(t, redis.url, 3, PATIENT);
  const [first, second, third] = three as [MailboxGate, MailboxGate, MailboxGate];
  const held = await Promise.all([1, 2, 3, 4].map(async () => first.acquire(REQUEST)));
  const order: string[] = [];
  const waiting: Promise<Slot>[] = [];
  const inLine = (): number =>
    Number(
      redis.command('-a', 'PLANTED-redis', '--no-auth-warning', 'ZCARD', 'ews-gateway:line:graph app a@contoso.test'),
    );
  const wait = async (gate: MailboxGate, name: string, more: Partial<SlotRequest>): Promise<void> => {
    waiting.push(
      Promise.resolve(gate.acquire({ ...REQUEST, ...more })).then((slot) => {
        order.push(name);
        return slot;
      }),
    );
    await eventuallySo(async () => inLine() === waiting.length);
  };
  await wait(second, 'shadow', { priority: 'shadow' });
  await wait(second, 'heavy', { weight: 3 });
  await wait(third, 'light', {});
  held[0]?.release();
  held[1]?.release();
  await eventuallySo(
    async () =>
      redis.command(
        '-a',
        'PLANTED-redis',
        '--no-auth-warning',
        'ZCARD',
        'ews-gateway:leases:graph app a@contoso.test',
      ) === '2',
  );
  t.same(order, [], 'two are free, and three are wanted');
  held[2]?.release();
  await eventually(() => order.length === 1);
  t.same(order, ['heavy']);
  held[3]?.release();
  await eventually(() => order.length === 2);
  (await waiting[1])?.release();
  await eventually(() => order.length === 3);
  t.same(order, ['heavy', 'light', 'shadow'], 'a later call of a client goes before what nobody waits for');
  for (const slot of await Promise.all(waiting)) slot.release();
});

t.test('who does not wait any more leaves the line', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const { gates: both } = await gates(t, redis.url, 2, PATIENT);
  const [first, second] = both as [MailboxGate, MailboxGate];
  const held = await first.acquire({ ...REQUEST, weight: 4 });
  const client = { destroyed: false };
  const gone = Promise.resolve(second.acquire({ ...REQUEST, client }));
  const next = Promise.resolve(second.acquire(REQUEST));
  client.destroyed = true;
  await t.rejects(gone, { code: 'CLIENT_GONE' });
  held.release();
  (await next).release();
  t.same(second.status(), { running: 0, waiting: 0, cooldowns: new Map() });
});

t.test('a cooldown counts for all gateways, also for one that comes later', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const { gates: both } = await gates(t, redis.url, 2, PATIENT);
  const [first, second] = both as [MailboxGate, MailboxGate];
  first.coolDown('A@contoso.test', 300_000);
  await eventually(() => second.status().cooldowns.has('a@contoso.test'));
  await t.rejects(async () => second.acquire(REQUEST), { code: 'UPSTREAM_BUSY', message: /cooldown of (?:300|299) s/ });
  const late = await keptState(t, redis.url, PATIENT);
  const third = gateOf(late);
  await eventually(() => third.status().cooldowns.has('a@contoso.test'));
  second.close();
});

t.test('without Redis each gateway keeps to its share', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const line = await faultyLine(t, redis.port);
  const { gates: three, states } = await gates(t, `redis://127.0.0.1:${line.port}`, 3);
  const [first] = three as [MailboxGate];
  const [{ state }] = states as [KeptStateSetting];
  await eventually(() => states.every((one) => one.state.fleet?.size === 3));
  line.cut();
  await eventually(() => !state.fleet?.isJoined);
  const one = await first.acquire({ ...REQUEST, weight: 4 });
  t.equal(first.status().running, 4, 'a call of more than that goes alone');
  const next = Promise.resolve(first.acquire(REQUEST));
  t.equal(first.status().waiting, 1, 'four for three gateways: one each');
  one.release();
  const second = await next;
  line.restore();
  await eventually(() => state.fleet?.isJoined);
  const more = await Promise.all([1, 2].map(async () => first.acquire(REQUEST)));
  t.equal(first.status().running, 3, 'all of them again');
  for (const slot of [second, ...more]) slot.release();
});

t.test('calls that wait while Redis goes away go on', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const line = await faultyLine(t, redis.port);
  const { gates: both, states } = await gates(t, `redis://127.0.0.1:${line.port}`, 2);
  const [first, second] = both as [MailboxGate, MailboxGate];
  const held = await first.acquire({ ...REQUEST, weight: 4 });
  const waiting = [1, 2, 3].map(async () => {
    const slot = await second.acquire(REQUEST);
    slot.release();
  });
  await eventually(() => states[1]?.state.fleet?.leases.counts.waiting === 3);
  line.silence();
  await Promise.all(waiting);
  t.pass('all of them');
  held.release();
});

t.test("a slot that may be another gateway's is known by that, and taken again", { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  const line = await faultyLine(t, redis.port);
  const near = await keptState(t, `redis://127.0.0.1:${line.port}`, PATIENT);
  const far = await keptState(t, redis.url, PATIENT);
  await eventually(() => near.state.fleet?.isJoined && far.state.fleet?.isJoined);
  const [first, second] = [gateOf(near), gateOf(far)];
  const slot = await first.acquire({ ...REQUEST, weight: 4 });
  t.notOk(slot.hasLapsed);
  const waiting = Promise.resolve(second.acquire({ ...REQUEST, weight: 4 }));
  line.cut();
  const other = await waiting;
  t.ok(slot.hasLapsed, 'before the other has it');
  t.notOk(other.hasLapsed);
  await slot.reacquire();
  t.notOk(slot.hasLapsed, 'alone, with its share');
  slot.release();
  other.release();
});

t.test('a gateway that has seen no other since its start takes one slot', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, '--requirepass', 'PLANTED-redis');
  await redis.kill();
  const state = await keptState(t, redis.url, PATIENT);
  t.match(state.state.fleet?.status(), { isJoined: false, problem: /ECONNREFUSED/ });
  const gate = gateOf(state);
  const slot = await gate.acquire(REQUEST);
  const next = Promise.resolve(gate.acquire(REQUEST));
  t.equal(gate.status().waiting, 1);
  slot.release();
  (await next).release();
});
