import t, { type Test } from 'tap';
import { MailboxGate } from '../../src/backends/mailbox-gate.ts';
import type { Slot, SlotRequest } from '../../src/backends/slot.ts';
import { GatewayError } from '../../src/errors.ts';

/** A client that still waits for its answer. */
const HERE = { destroyed: false };
const MAILBOX = 'a@contoso.test';

interface Setting {
  readonly gate: MailboxGate;
  readonly waited: number[];
  readonly coolDowns: number[];
  readonly refused: () => number;
  /** Sets the gate's clock forward. */
  readonly pass: (milliseconds: number) => void;
}

function setting(slots: number, waiting = 100, longestWaitSeconds = 60): Setting {
  let now = 1_000;
  const [waited, coolDowns]: number[][] = [[], []];
  let refused = 0;
  const gate = new MailboxGate(
    { requestsPerMailbox: slots, waitingPerMailbox: waiting, longestWaitSeconds },
    { coolDown: (time) => coolDowns?.push(time), waited: (time) => waited?.push(time), refused: () => refused++ },
    { now: () => now },
  );
  return {
    gate,
    waited: waited ?? [],
    coolDowns: coolDowns ?? [],
    refused: () => refused,
    pass: (milliseconds) => (now += milliseconds),
  };
}

function request(caller: string, more: Partial<SlotRequest> = {}): SlotRequest {
  return { mailbox: MAILBOX, caller, client: HERE, ...more };
}

/** Asks for a slot; its name is noted once it was given. The slot is released at once. */
function visit({ gate }: Setting, order: string[], name: string, more: Partial<SlotRequest> = {}): Promise<void> {
  return Promise.resolve(gate.acquire(request(name, more))).then((slot: Slot) => {
    order.push(name);
    slot.release();
  });
}

t.test('callers who share a mailbox take turns', async (t) => {
  const it = setting(1);
  const order: string[] = [];
  const first = await it.gate.acquire(request('busy'));
  const names = ['busy', 'busy', 'busy', 'modest', 'third'];
  const all = names.map((name) => visit(it, order, name, { mailbox: 'A@contoso.test' }));
  t.equal(it.gate.status().waiting, 5);
  first.release();
  await Promise.all(all);
  t.same(order, ['busy', 'modest', 'third', 'busy', 'busy']);
  t.same(it.gate.status(), { running: 0, waiting: 0, cooldowns: new Map() });
});

t.test('mailboxes do not share slots', async (t) => {
  const { gate } = setting(1);
  gate.acquire(request('x'));
  t.notOk(gate.acquire(request('x', { mailbox: 'b@contoso.test' })) instanceof Promise);
});

t.test('a full queue refuses who has most waiting, not who comes last', async (t) => {
  const it = setting(1, 3);
  const order: string[] = [];
  const first = await it.gate.acquire(request('x'));
  const kept = [visit(it, order, 'greedy'), visit(it, order, 'greedy')];
  const last = visit(it, order, 'greedy');
  const modest = visit(it, order, 'modest');
  await t.rejects(last, {
    code: 'UPSTREAM_BUSY',
    message: /3 requests for mailbox a@contoso.test wait already/,
    backOffMilliseconds: 5_000,
  });
  await t.rejects(async () => it.gate.acquire(request('greedy')), GatewayError);
  t.equal(it.refused(), 2);
  first.release();
  await Promise.all([...kept, modest]);
  t.same(order, ['greedy', 'modest', 'greedy']);
});

t.test('a cooldown lets nobody through, and ends', async (t) => {
  const it = setting(2, 10, 1);
  const slot = await it.gate.acquire(request('x'));
  it.gate.coolDown(MAILBOX, 600);
  it.gate.coolDown(MAILBOX, 300);
  t.same(it.coolDowns, [600], 'a shorter one within it changes nothing');
  const order: string[] = [];
  const waiting = visit(it, order, 'y');
  slot.release();
  t.same(order, []);
  it.pass(600);
  await waiting;
  t.same(order, ['y']);
  t.same(it.waited, [600]);
});

t.test('who would have to wait longer than its time is refused at once', async (t) => {
  const it = setting(1, 10, 1);
  it.gate.coolDown(MAILBOX, 60_000);
  const [[mailbox, end] = ['', 0], ...others] = it.gate.status().cooldowns;
  t.same([mailbox, others], [MAILBOX, []]);
  t.ok(Math.abs(end - Date.now() - 60_000) < 10_000, 'its end by the wall clock');
  await t.rejects(async () => it.gate.acquire(request('x')), {
    code: 'UPSTREAM_BUSY',
    message: /in a cooldown of 60 s/,
    backOffMilliseconds: 60_000,
  });
  await t.rejects(async () => it.gate.acquire(request('x', { client: { destroyed: true } })), { code: 'CLIENT_GONE' });
  it.gate.coolDown(MAILBOX, 10 * 3_600_000);
  it.pass(600_000);
  t.notOk(it.gate.acquire(request('x')) instanceof Promise, 'however long it is asked for, ten minutes are the most');
});

t.test('nobody waits for longer than its client does', async (t) => {
  const it = setting(1);
  const first = await it.gate.acquire(request('a'));
  const impatient = it.gate.acquire(request('b', { patience: 5_000 }));
  const patient = it.gate.acquire(request('c', { patience: 500_000 }));
  it.pass(5_001);
  await t.rejects(Promise.resolve(impatient), { code: 'UPSTREAM_BUSY' });
  it.pass(55_000);
  await t.rejects(Promise.resolve(patient), { code: 'UPSTREAM_BUSY' }, 'nor than the gate lets anybody wait');
  first.release();
});

t.test('a slot that is acquired again waits for the cooldown and is not given away twice', async (t) => {
  const it = setting(1, 10, 1);
  const slot = await it.gate.acquire(request('x'));
  t.equal(slot.patience, 1_000);
  it.gate.coolDown(MAILBOX, 600);
  const again = slot.reacquire();
  it.gate.coolDown(MAILBOX, 60_000);
  it.pass(1_000);
  await t.rejects(again, { code: 'UPSTREAM_BUSY', message: /this one has for 1 s/, backOffMilliseconds: 59_000 });
  slot.release();
  t.equal(it.gate.status().running, 0);
});

t.test('only waits of more than a moment are reported', async (t) => {
  const it = setting(1);
  for (const milliseconds of [19, 20]) {
    const first = await it.gate.acquire(request('x'));
    const waiting = visit(it, [], 'y');
    it.pass(milliseconds);
    first.release();
    await waiting;
  }
  t.same(it.waited, [20]);
});

t.test('a client that left is passed over, and those behind it keep their order', async (t) => {
  const it = setting(1);
  const order: string[] = [];
  const first = await it.gate.acquire(request('x'));
  const client = { destroyed: false };
  const gone = t.rejects(visit(it, order, 'gone', { client }), { code: 'CLIENT_GONE' });
  const next = visit(it, order, 'next');
  client.destroyed = true;
  // Before anybody has looked who is still there.
  first.release();
  t.equal(it.gate.status().waiting, 0);
  await Promise.all([gone, next]);
  t.same(order, ['next']);

  const second = await it.gate.acquire(request('x'));
  const left = { destroyed: false };
  const named = (name: string, more: Partial<SlotRequest> = {}): Promise<unknown> =>
    Promise.resolve(it.gate.acquire(request('one caller', more))).then((slot) => {
      order.push(name);
      slot.release();
    });
  const [one, two, three] = [named('one'), named('two', { client: left }), named('three')];
  left.destroyed = true;
  await t.rejects(two, { code: 'CLIENT_GONE' });
  t.equal(it.gate.status().waiting, 2);
  second.release();
  await Promise.all([one, three]);
  t.same(order, ['next', 'one', 'three']);
});

t.test('a mailbox is not forgotten for others while it is in use or in a cooldown', async (t) => {
  const it = setting(1);
  const held = await it.gate.acquire(request('x'));
  it.gate.coolDown('b@contoso.test', 30_000);
  for (let count = 0; count < 1_500; count++) await visit(it, [], 'x', { mailbox: `many-${count}@contoso.test` });
  const waiting = it.gate.acquire(request('y'));
  t.ok(waiting instanceof Promise, 'its slot is taken');
  t.same([...it.gate.status().cooldowns.keys()], ['b@contoso.test']);
  held.release();
  (await waiting).release();
});

t.test('the wait of a client that left ends', async (t) => {
  const it = setting(1);
  const first = await it.gate.acquire(request('x'));
  const client = { destroyed: false };
  const waiting = it.gate.acquire(request('y', { client }));
  client.destroyed = true;
  await t.rejects(Promise.resolve(waiting), { code: 'CLIENT_GONE' });
  first.release();
  t.equal(it.gate.status().running, 0);
});

t.test('more urgent calls go first, and polling is not starved', async (t) => {
  const it = setting(1);
  const order: string[] = [];
  const first = await it.gate.acquire(request('x'));
  const priorities = ['shadow', 'polling', 'prefetch', 'batch', 'client'] as const;
  const all = priorities.filter((one) => one !== 'prefetch').map((one) => visit(it, order, one, { priority: one }));
  first.release();
  await Promise.all(all);
  t.same(order, ['client', 'batch', 'polling', 'shadow']);

  order.length = 0;
  const second = await it.gate.acquire(request('x'));
  const polling = visit(it, order, 'polling', { priority: 'polling' });
  it.pass(59_000);
  const client = visit(it, order, 'client');
  it.pass(1_000);
  second.release();
  await Promise.all([polling, client]);
  t.same(order, ['polling', 'client'], 'after a minute it has its turn');
});

t.test('prefetching leaves one slot free', async (t) => {
  const { gate } = setting(2);
  const prefetch = request('x', { priority: 'prefetch' });
  const first = await gate.acquire(prefetch);
  const second = gate.acquire(prefetch);
  t.ok(second instanceof Promise);
  first.release();
  (await second).release();
});

t.test('a call of many slots is given all of them at once, and small ones do not overtake it', async (t: Test) => {
  const it = setting(4);
  const order: string[] = [];
  const [one, two] = [await it.gate.acquire(request('x')), await it.gate.acquire(request('x'))];
  const batch = visit(it, order, 'batch', { priority: 'batch', weight: 20 });
  const small = visit(it, order, 'small', { priority: 'batch' });
  one.release();
  t.same(order, [], 'three free slots are not enough');
  two.release();
  await Promise.all([batch, small]);
  t.same(order, ['batch', 'small']);
  t.equal(it.gate.status().running, 0, 'no more than there are');
});
