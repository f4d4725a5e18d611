import t from 'tap';
import { Activity, type RequestEntry } from '../../src/telemetry/activity.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-24T12:00:30Z');

function entry(changes: Partial<RequestEntry> = {}): RequestEntry {
  return {
    id: '1',
    time: NOW,
    source: '127.0.0.1',
    caller: 'a@contoso.test',
    signedIn: true,
    mailbox: 'a@contoso.test',
    operation: 'GetItem',
    userAgent: undefined,
    outcome: 'ok',
    milliseconds: 5,
    reason: undefined,
    ...changes,
  };
}

t.test('the latest hundred requests, newest first', async (t) => {
  const activity = new Activity(() => NOW);
  for (let index = 0; index < 250; index++) activity.enter(entry({ id: String(index) }), true);
  const recent = activity.recent();
  t.equal(recent.length, 100);
  t.same([recent[0]?.id, recent[99]?.id], ['249', '150']);
  t.equal(activity.find('200')?.id, '200');
  t.equal(activity.find('100'), undefined);
});

t.test('the same failure again and again takes one place', async (t) => {
  const activity = new Activity(() => NOW);
  activity.enter(entry({ id: 'before' }), true);
  for (let index = 0; index < 500; index++)
    activity.enter(entry({ id: String(index), outcome: 'wrong-password', operation: undefined }), true);
  t.match(activity.recent(), [
    { id: '499', times: 500 },
    { id: 'before', times: 1 },
  ]);
});

t.test('what comes without the right credentials pushes out neither requests nor counts of callers', async (t) => {
  const activity = new Activity(() => NOW);
  for (let index = 0; index < 60; index++) activity.enter(entry({ id: `alice-${index}` }), true);
  for (let index = 0; index < 5_000; index++)
    activity.enter(entry({ caller: `name-${index}@contoso.test`, outcome: 'locked', signedIn: false }), true);
  const kept = activity.recent().map(({ signedIn }) => signedIn);
  t.same([kept.length, kept.filter(Boolean).length], [100, 60]);
  for (let index = 60; index < 120; index++) activity.enter(entry({ id: `alice-${index}` }), true);
  t.equal(activity.recent().filter(({ signedIn }) => signedIn).length, 75);
  t.match(activity.of('a@contoso.test'), { requests: 120 });
  t.equal(activity.names()[0], 'a@contoso.test');
});

t.test('who was refused first and then signs in keeps its counts', async (t) => {
  const activity = new Activity(() => NOW);
  activity.enter(entry({ outcome: 'no-password-yet', signedIn: false, id: 'x' }), true);
  activity.enter(entry(), true);
  activity.enter(entry({ outcome: 'wrong-password', signedIn: false, id: 'y' }), true);
  t.match(activity.of('a@contoso.test'), { requests: 3, errors: 2, lastError: { id: 'y' } });
  t.same(activity.names(), ['a@contoso.test']);
});

t.test('each caller has its counts, whatever the case of its name; made-up names have none', async (t) => {
  const activity = new Activity(() => NOW);
  activity.enter(entry(), true);
  activity.enter(entry({ caller: 'A@contoso.test', outcome: 'OPERATION_DENIED', id: 'x' }), true);
  activity.enter(entry({ id: 'y' }), true);
  activity.enter(entry({ outcome: 'CLIENT_GONE' }), true);
  activity.enter(entry({ caller: 'nobody', outcome: 'unknown-user' }), true);
  t.match(activity.of('a@CONTOSO.test'), { requests: 4, errors: 1, lastError: { id: 'x' } });
  t.equal(activity.of('nobody'), undefined);
});

t.test('the last hour, minute by minute', async (t) => {
  let now = NOW;
  const activity = new Activity(() => now);
  for (const milliseconds of [10, 10, 10, 900]) activity.enter(entry({ milliseconds, time: NOW - 59 * MINUTE }), true);
  activity.enter(entry({ outcome: 'fault', milliseconds: 100 }), true);
  activity.enter(entry({ milliseconds: 1_800_000 }), false);
  const hour = activity.hour();
  t.equal(hour.length, 60);
  t.match(hour[0], { requests: 4, errors: 0 });
  t.ok(Number(hour[0]?.median) >= 10 && Number(hour[0]?.median) < 13, 'within a quarter');
  t.ok(Number(hour[0]?.percentile95) >= 900 && Number(hour[0]?.percentile95) < 1_125);
  t.match(hour[59], { requests: 2, errors: 1 });
  t.ok(Number(hour[59]?.percentile95) < 130, 'a connection that hung for half an hour is not slow');
  now += 30 * MINUTE;
  t.match(activity.hour()[29], { requests: 2 });
  now += 60 * MINUTE;
  t.ok(activity.hour().every(({ requests, median }) => requests === 0 && median === undefined));
});
