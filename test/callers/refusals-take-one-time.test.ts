import t from 'tap';
import { pause, RefusalTiming } from '../../src/callers/refusal-timing.ts';

t.test('a refusal is told at a multiple of one time', async (t) => {
  let now = 1_000;
  const timing = new RefusalTiming(
    250,
    () => now,
    async (milliseconds) => void (now += milliseconds),
  );
  for (const [took, told] of [
    [0, 250],
    [40, 250],
    [250, 250],
    [251, 500],
    [1_999, 2_000],
  ] as const) {
    const begun = timing.begin();
    now += took;
    await timing.wait(begun);
    t.equal(now - begun, told, `after ${took} ms`);
  }
});

t.test('a pause lasts', async (t) => {
  // The pause itself keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(alive));
  const startedAt = performance.now();
  await pause(20);
  t.ok(performance.now() - startedAt >= 19);
});
