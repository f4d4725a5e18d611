import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { KeptState } from '../../src/gateway/kept-state.ts';
import { eventually, eventuallySo } from '../support/eventually.ts';
import { faultyLine, type FaultyLine } from '../support/faulty-line.ts';
import { keptState, PATIENT } from '../support/kept-states.ts';
import { startRedis, WITHOUT_REDIS } from '../support/redis.ts';

const NAME = 'alice@contoso.test';
const OTHER = 'bob@contoso.test';
const HOUR = 3_600_000;
const SECRET = ['--requirepass', 'PLANTED-redis'];

function choose(state: KeptState, mailbox: string, reason: string): void {
  state.choices.choose('contoso', mailbox, {
    service: 'graph',
    isSet: false,
    since: new Date().toISOString(),
    reason,
  });
}

const reasonAt = (state: KeptState, mailbox: string): string | undefined =>
  state.choices.of('contoso', mailbox)?.reason;
const isAlone = ({ fleet }: KeptState): boolean => fleet?.isJoined === false;
const hasJoined = ({ fleet }: KeptState): boolean => fleet?.isJoined === true;

/** What happens to the way to Redis, and how many failures that are counted meanwhile arrive there all the same. */
const FAULTS: readonly (readonly [fault: string, breakLine: (line: FaultyLine) => void, arriving: number])[] = [
  ['a connection that is cut', (line) => line.cut(), 0],
  ['a network that loses everything', (line) => line.silence(), 0],
  ['an answer that takes 500 ms', (line) => (line.delay = 250), 1],
];

for (const [fault, breakLine, arriving] of FAULTS)
  t.test(fault, { skip: WITHOUT_REDIS }, async (t) => {
    const redis = await startRedis(t, ...SECRET);
    const line = await faultyLine(t, redis.port);
    const near = await keptState(t, `redis://127.0.0.1:${line.port}`, ', timeoutMilliseconds: 400');
    const far = await keptState(t, redis.url, PATIENT);
    await eventually(() => hasJoined(near.state) && hasJoined(far.state));
    await far.state.lockouts.add('name-failures', NAME, HOUR);
    far.state.enrolments.open(OTHER, new Date(Date.now() + HOUR), true);
    await eventually(() => near.state.enrolments.isOpen(OTHER, true));
    breakLine(line);
    t.match(await near.state.lockouts.add('name-failures', NAME, HOUR), { count: 1 }, 'counted by itself');
    await eventually(() => isAlone(near.state));
    t.match(near.state.fleet?.status(), { isJoined: false, problem: /\w/ });

    near.state.enrolments.open(NAME, new Date(Date.now() + HOUR), true);
    for (const name of [NAME, OTHER]) t.ok(await near.state.enrolments.claim(name, true), 'an enrolment goes on');
    choose(near.state, NAME, 'while it was alone');
    choose(far.state, OTHER, 'while the other was alone');
    near.state.subscriptions.add('subscription 1', NAME);
    t.ok(near.state.subscriptions.isOwn('subscription 1', NAME));

    line.delay = 0;
    line.restore();
    await eventually(() => hasJoined(near.state));
    await eventually(() => reasonAt(far.state, NAME) === 'while it was alone');
    await eventually(() => reasonAt(near.state, OTHER) === 'while the other was alone');
    await eventually(() => far.state.subscriptions.isOwn('subscription 1', NAME));
    await eventually(() => !far.state.enrolments.isOpen(OTHER, true));
    t.notOk(far.state.enrolments.isOpen(NAME, true), 'what was removed stays so');
    t.match(await far.state.lockouts.get('name-failures', NAME), { count: 1 + arriving }, 'not added later');
  });

t.test('a gateway starts while Redis is away, with what it knew', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, ...SECRET);
  const one = await keptState(t, redis.url, PATIENT);
  choose(one.state, NAME, 'blocked');
  await redis.kill();
  const again = await one.restart();
  t.equal(reasonAt(again, NAME), 'blocked');
  t.ok(isAlone(again));
  await redis.restart();
  await eventually(() => hasJoined(again));
  const other = await keptState(t, redis.url, PATIENT);
  t.equal(reasonAt(other.state, NAME), 'blocked', 'and brings it along');
});

t.test('what a flush has removed comes back from the gateways', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, ...SECRET);
  const [one, two] = [await keptState(t, redis.url, PATIENT), await keptState(t, redis.url, PATIENT)];
  choose(one.state, NAME, 'blocked');
  one.state.signIns?.write('contoso', NAME, 'PLANTED-refresh-token');
  one.state.subscriptions.add('subscription 1', NAME);
  await eventually(() => two.state.signIns?.read('contoso', NAME) !== undefined && reasonAt(two.state, NAME));
  redis.command('-a', 'PLANTED-redis', 'FLUSHALL');
  t.ok(hasJoined(one.state) && hasJoined(two.state), 'nobody need notice');
  await eventuallySo(
    async () => Number(redis.command('-a', 'PLANTED-redis', '--no-auth-warning', 'HLEN', 'ews-gateway:backends')) === 1,
  );
  const third = await keptState(t, redis.url, PATIENT);
  t.equal(reasonAt(third.state, NAME), 'blocked');
  t.equal(third.state.signIns?.read('contoso', NAME), 'PLANTED-refresh-token');
  await eventually(() => third.state.subscriptions.isOwn('subscription 1', NAME));
});

t.test('of two that were alone, the later change stays', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, ...SECRET);
  const lines = [await faultyLine(t, redis.port), await faultyLine(t, redis.port)];
  const [one, two] = (await Promise.all(
    lines.map(({ port }) => keptState(t, `redis://127.0.0.1:${port}`, PATIENT)),
  )) as [Awaited<ReturnType<typeof keptState>>, Awaited<ReturnType<typeof keptState>>];
  await eventually(() => hasJoined(one.state) && hasJoined(two.state));
  for (const line of lines) line.cut();
  await eventually(() => isAlone(one.state) && isAlone(two.state));
  choose(one.state, NAME, 'earlier');
  const before = Date.now();
  await eventually(() => Date.now() > before);
  choose(two.state, NAME, 'later');
  lines[1]?.restore();
  await eventually(() => hasJoined(two.state));
  lines[0]?.restore();
  await eventually(() => hasJoined(one.state));
  t.equal(reasonAt(one.state, NAME), 'later');
  t.equal(reasonAt(two.state, NAME), 'later');
});

t.test('a gateway that cannot keep what others change is alone until it can', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t, ...SECRET);
  const [one, two] = [await keptState(t, redis.url, PATIENT), await keptState(t, redis.url, PATIENT)];
  const file = join(two.folder, 'gateway-backends.json');
  mkdirSync(file);
  choose(one.state, NAME, 'blocked');
  await eventually(() => isAlone(two.state));
  t.match(two.state.fleet?.status().problem, /cannot be kept/);
  rmdirSync(file);
  await eventually(() => hasJoined(two.state));
  t.equal(reasonAt(two.state, NAME), 'blocked');
  t.match(readFileSync(file, 'utf8'), /blocked/);
});
