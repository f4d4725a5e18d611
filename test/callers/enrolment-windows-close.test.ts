import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Enrolments } from '../../src/callers/enrolments.ts';
import { UNSHARED } from '../../src/state/sharing.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const DAY = 86_400_000;
const DAVE = 'dave@contoso.test';

function setUp(t: Test): { clock: { wall: number; monotonic: number }; file: string; start: () => Enrolments } {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-enrolments-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const clock = { wall: NOON, monotonic: 5_000 };
  const file = join(folder, 'state.json');
  return {
    clock,
    file,
    start: () => new Enrolments(file, UNSHARED, { wall: () => clock.wall, monotonic: () => clock.monotonic }),
  };
}

t.test('a window closes at its end, also for a gateway that is started in between', async (t) => {
  const { clock, start } = setUp(t);
  const pass = (milliseconds: number): void => {
    clock.wall += milliseconds;
    clock.monotonic += milliseconds;
  };
  const enrolments = start();
  enrolments.open(DAVE, new Date(clock.wall + 60_000), false);
  pass(59_999);
  const later = start();
  t.same(later.windows(), [{ name: DAVE, until: new Date(NOON + 60_000) }]);
  pass(1);
  for (const one of [enrolments, later, start()]) {
    t.same(one.windows(), []);
    t.equal(await one.claim(DAVE, false), false);
  }
  enrolments.open(DAVE, new Date(clock.wall + 1), false);
  t.equal(await enrolments.claim(DAVE, false), true);
  t.equal(await enrolments.claim(DAVE, false), false, 'once');
});

t.test('a clock that is set neither closes a window nor keeps it open', async (t) => {
  const { clock, start } = setUp(t);
  const enrolments = start();
  enrolments.open(DAVE, new Date(clock.wall + 60_000), false);
  clock.wall += 7_200_000;
  t.equal(enrolments.isOpen(DAVE, false), true, 'set forward by two hours');
  clock.wall -= 14_400_000;
  clock.monotonic += 59_999;
  t.same(enrolments.windows(), [{ name: DAVE, until: new Date(clock.wall + 1) }]);
  clock.monotonic += 1;
  t.equal(enrolments.isOpen(DAVE, false), false, 'set back by two hours');
});

t.test('a gateway that is started before a window was opened does not believe in it', async (t) => {
  const { clock, start } = setUp(t);
  start().open(DAVE, new Date(clock.wall + 60_000), false);
  clock.wall -= 1;
  t.same(start().windows(), []);
  clock.wall += 1;
  t.match(start().windows(), [{ name: DAVE }]);
});

t.test('a window is for another password only where it says so', async (t) => {
  const { clock, start } = setUp(t);
  const enrolments = start();
  enrolments.open(DAVE, new Date(clock.wall + 60_000), false);
  t.equal(enrolments.isOpen(DAVE, true), false);
  enrolments.open(DAVE, new Date(clock.wall + 60_000), true);
  t.equal(start().isOpen(DAVE, true), true, 'also after a start');
});

t.test('a window that was written as its end alone is read', async (t) => {
  const { clock, file, start } = setUp(t);
  const windows = { [DAVE]: new Date(clock.wall + 60_000).toISOString() };
  writeFileSync(file, JSON.stringify({ version: 1, passwords: {}, windows }), { mode: 0o600 });
  t.same(start().windows(), [{ name: DAVE, until: new Date(clock.wall + 60_000) }]);
});

t.test('a window that is read lasts a day at most', async (t) => {
  const { clock, file, start } = setUp(t);
  const windows = { [DAVE]: new Date(clock.wall + 30 * DAY).toISOString() };
  writeFileSync(file, JSON.stringify({ version: 1, passwords: {}, windows }), { mode: 0o600 });
  const enrolments = start();
  clock.monotonic += DAY - 1;
  t.equal(enrolments.isOpen(DAVE, false), true);
  clock.monotonic += 1;
  t.equal(enrolments.isOpen(DAVE, false), false);
});
