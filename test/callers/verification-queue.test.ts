/** Who waits for whom, on a clock that stands still until it is told the time. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import type { GatewayError } from '../../src/errors.ts';
import { VerificationQueue, type Attempt } from '../../src/callers/verification-queue.ts';

type Outcome = Attempt<string>['outcome'];

/** Attempts that last until the test ends them. */
class Bench {
  now = 1_000;
  readonly started: string[] = [];
  readonly refused: string[] = [];
  readonly backOffs: number[] = [];
  readonly queue: VerificationQueue;
  readonly #ends = new Map<string, (outcome: Outcome) => void>();

  constructor(options: { concurrency?: number; queueLength?: number; totalLength?: number } = {}) {
    this.queue = new VerificationQueue({ concurrency: 1, queueLength: 100, ...options, now: () => this.now });
  }

  enter(key: string, name: string): void {
    const attempt = (): Promise<Attempt<string>> => {
      this.started.push(name);
      return new Promise((resolve) => this.#ends.set(name, (outcome) => resolve({ result: name, outcome })));
    };
    this.queue.run(key, attempt).catch(({ code, backOffMilliseconds }: GatewayError) => {
      this.refused.push(`${name} ${code}`);
      this.backOffs.push(backOffMilliseconds ?? 0);
    });
  }

  /** Ends an attempt that took 10 ms. */
  async end(name: string, outcome: Outcome): Promise<void> {
    await nextTurn();
    this.now += 10;
    this.#ends.get(name)?.(outcome);
    await nextTurn();
  }
}

t.test('networks take turns, however many wait in one', async (t) => {
  const bench = new Bench();
  for (let count = 0; count < 50; count++) bench.enter('crowded', `crowd-${count}`);
  bench.enter('quiet', 'guest');
  await bench.end('crowd-0', 'right');
  t.same(bench.started, ['crowd-0', 'crowd-1'], 'who waited first');
  await bench.end('crowd-1', 'right');
  t.equal(bench.started.at(-1), 'guest', 'then the other network');
});

t.test('after a failure a network rests, and no other', async (t) => {
  const bench = new Bench();
  for (const name of ['a-0', 'a-1']) bench.enter('a', name);
  await bench.end('a-0', 'failed');
  t.same(bench.started, ['a-0'], 'though a turn is free');
  bench.enter('b', 'b-0');
  await nextTurn();
  t.same(bench.started, ['a-0', 'b-0']);
  await bench.end('b-0', 'right');
  t.same(bench.started, ['a-0', 'b-0'], '10 of 30 ms');
  bench.now += 20;
  bench.enter('b', 'b-1');
  await nextTurn();
  t.same(bench.started, ['a-0', 'b-0', 'a-1'], 'three times what it took');
});

t.test('a right password, or none that was looked at, costs no rest', async (t) => {
  const bench = new Bench();
  for (const name of ['a-0', 'a-1', 'a-2']) bench.enter('a', name);
  await bench.end('a-0', 'right');
  await bench.end('a-1', 'not-tried');
  t.same(bench.started, ['a-0', 'a-1', 'a-2']);
});

t.test('networks that mostly fail have one turn among them, and rest together', async (t) => {
  const bench = new Bench({ concurrency: 3 });
  for (const key of ['a', 'b', 'c']) bench.enter(key, `${key}-0`);
  for (const key of ['a', 'b', 'c']) await bench.end(`${key}-0`, 'failed');
  bench.now += 90;
  for (const key of ['a', 'b', 'c']) bench.enter(key, `${key}-1`);
  await nextTurn();
  t.same(bench.started.slice(3), ['a-1'], 'though three turns are free');
  await bench.end('a-1', 'failed');
  t.same(bench.started.slice(3), ['a-1']);
  bench.enter('d', 'd-0');
  await nextTurn();
  t.same(bench.started.slice(3), ['a-1', 'd-0'], 'one that has not failed is served');
  bench.now += 30;
  await bench.end('d-0', 'right');
  t.same(bench.started.slice(3), ['a-1', 'd-0', 'b-1']);
});

t.test('as many right passwords as wrong ones make no network one that mostly fails', async (t) => {
  const bench = new Bench({ concurrency: 3 });
  for (const outcome of ['right', 'failed'] as const) {
    bench.enter('a', outcome);
    await bench.end(outcome, outcome);
    bench.now += 90;
  }
  for (const name of ['a-0', 'a-1']) bench.enter('a', name);
  await nextTurn();
  t.same(bench.started.slice(2), ['a-0', 'a-1'], 'both at once');
});

t.test('also a network that is mostly right rests after a failure', async (t) => {
  const bench = new Bench();
  for (const outcome of ['right', 'right', 'failed'] as const) {
    const name = `${outcome}-${bench.started.length}`;
    bench.enter('a', name);
    await bench.end(name, outcome);
  }
  bench.now += 29;
  bench.enter('a', 'next');
  await nextTurn();
  t.equal(bench.started.length, 3, '29 of 30 ms');
  bench.now += 1;
  bench.enter('b', 'other');
  await nextTurn();
  t.equal(bench.started.at(-1), 'next');
});

t.test('a queue is bounded, and the longest gives its last place to a shorter one', async (t) => {
  const bench = new Bench({ queueLength: 3, totalLength: 4 });
  bench.enter('a', 'running');
  for (const name of ['a-0', 'a-1', 'a-2', 'a-3']) bench.enter('a', name);
  await nextTurn();
  t.same(bench.refused, ['a-3 VERIFICATION_OVERLOADED']);
  for (const key of ['b', 'c']) bench.enter(key, `${key}-0`);
  await nextTurn();
  t.same(bench.refused.slice(1), ['a-2 VERIFICATION_OVERLOADED']);
  t.equal(bench.queue.waiting, 4);
  bench.enter('d', 'd-0');
  await nextTurn();
  t.same(bench.refused.slice(2), ['a-1 VERIFICATION_OVERLOADED']);
  bench.enter('e', 'e-0');
  await nextTurn();
  t.same(bench.refused.slice(3), ['e-0 VERIFICATION_OVERLOADED'], 'where all are as short, who comes last');
  t.same(bench.backOffs, [5_000, 5_000, 5_000, 5_000]);
});

t.test('where nobody may wait, a network that rests is refused', async (t) => {
  const bench = new Bench({ concurrency: 2, queueLength: 0 });
  bench.enter('a', 'a-0');
  await bench.end('a-0', 'failed');
  for (const key of ['a', 'b']) bench.enter(key, `${key}-1`);
  await nextTurn();
  t.same(bench.refused, ['a-1 VERIFICATION_OVERLOADED']);
  t.same(bench.started, ['a-0', 'b-1']);
});

t.test('what was long ago counts for less', async (t) => {
  const bench = new Bench({ concurrency: 3 });
  const all = async (bench: Bench, count: number, outcome: Outcome): Promise<void> => {
    for (let index = 0; index < count; index++) {
      bench.enter('a', `${outcome}-${index}`);
      await bench.end(`${outcome}-${index}`, outcome);
      bench.now += 30;
    }
  };
  await all(bench, 1_500, 'right');
  await all(bench, 600, 'failed');
  for (const name of ['a-0', 'a-1']) bench.enter('a', name);
  await nextTurn();
  t.same(bench.started.slice(2_100), ['a-0'], 'it fails mostly, though it was right more often');
  const other = new Bench({ concurrency: 3 });
  await all(other, 1_500, 'failed');
  await all(other, 600, 'right');
  for (const name of ['a-0', 'a-1']) other.enter('a', name);
  await nextTurn();
  t.same(other.started.slice(2_100), ['a-0', 'a-1'], 'it is right mostly, though it failed more often');
});

t.test('who waits too long is told so by itself', async (t) => {
  const queue = new VerificationQueue({ concurrency: 1, queueLength: 1, longestWait: 10 });
  // Clients that wait keep a process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(alive));
  void queue.run('a', () => new Promise<Attempt<string>>(() => undefined));
  await t.rejects(
    queue.run('b', async () => ({ result: 'b', outcome: 'right' })),
    { code: 'VERIFICATION_OVERLOADED' },
  );
});

t.test('who waits too long is told to come back', async (t) => {
  const bench = new Bench();
  bench.enter('a', 'running');
  bench.enter('a', 'late');
  bench.now += 59_990;
  bench.enter('a', 'later');
  await bench.end('running', 'right');
  t.same(bench.refused, ['late VERIFICATION_OVERLOADED']);
  t.same(bench.started, ['running', 'later']);
  t.equal(bench.queue.waiting, 0);
});

for (const [kind, before] of [
  ['mostly right', ['right', 'right']],
  ['mostly wrong', []],
] as const)
  t.test(`whose rest is over is served by itself: ${kind}`, async (t) => {
    let passed = 0;
    const now = (): number => performance.now() + passed;
    const queue = new VerificationQueue({ concurrency: 1, queueLength: 1, longestWait: 5_000, now });
    // Clients that wait keep a process alive.
    const alive = setInterval(() => undefined, 1_000);
    t.teardown(() => clearInterval(alive));
    const attempt = (outcome: Outcome) => async (): Promise<Attempt<number>> => {
      passed += 10;
      return { result: now(), outcome };
    };
    for (const outcome of before) await queue.run('a', attempt(outcome));
    const failedAt = await queue.run('a', attempt('failed'));
    const servedAt = await queue.run('a', attempt('right'));
    // Three times the 10 ms that it took, and these of the next.
    t.ok(servedAt - failedAt >= 40, `after ${servedAt - failedAt} ms`);
  });
