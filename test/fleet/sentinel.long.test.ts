import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import { keptState, PATIENT } from '../support/kept-states.ts';
import { MASTER, startSentinels } from '../support/redis-fleet.ts';
import { redisProcess, startTlsRedis, WITHOUT_REDIS } from '../support/redis.ts';
import { redisTls, type RedisTls } from '../support/redis-tls.ts';

const NAME = 'alice@contoso.test';
const SHORTLY = 60_000;

async function followsMaster(t: Test, tls?: RedisTls): Promise<void> {
  const { master, replica, sentinels } = await startSentinels(t, tls);
  const urls = sentinels.map(({ url }) => `"${url}"`).join(', ');
  const place = `sentinel: { urls: [${urls}], master: ${MASTER} }`;
  const more = `${PATIENT}${tls?.own ?? ''}`;
  const one = await keptState(t, place, more, tls?.trust);
  const two = await keptState(t, place, more, tls?.trust);
  const both = [one.state, two.state];
  await eventually(() => both.every(({ fleet }) => fleet?.isJoined === true));
  one.state.enrolments.open(NAME, new Date(Date.now() + SHORTLY), true);
  await eventually(() => two.state.enrolments.isOpen(NAME, true));

  await sentinels[0]?.kill();
  await master.kill();
  await eventually(() => both.every(({ fleet }) => fleet?.isJoined === false));
  t.ok(await one.state.lockouts.add('name-failures', NAME, SHORTLY), 'imports go on');
  one.state.subscriptions.add('subscription 1', NAME);

  await eventually(
    () => both.every(({ fleet }) => fleet?.isJoined === true && fleet.size === 2),
    () => both.map(({ fleet }) => fleet?.status()),
  );
  t.match(replica.command('-a', 'PLANTED-redis', '--no-auth-warning', 'ROLE'), /^master/);
  await eventually(() => two.state.subscriptions.isOwn('subscription 1', NAME));
  t.ok(await two.state.enrolments.claim(NAME, true));
  await eventually(() => !one.state.enrolments.isOpen(NAME, true));

  await master.restart();
  t.ok(
    both.every(({ fleet }) => fleet?.isJoined === true),
    'the old one is no master any more',
  );
}

t.test('gateways follow the master that Sentinels name', { skip: WITHOUT_REDIS }, (t) => followsMaster(t));

t.test('over TLS, with a certificate of the gateway', { skip: WITHOUT_REDIS }, (t) => followsMaster(t, redisTls(t)));

t.test('why nobody knows a master is said', { skip: WITHOUT_REDIS }, async (t) => {
  const { sentinels } = await startSentinels(t);
  const place = `sentinel: { urls: ["${sentinels[0]?.url}", "redis://127.0.0.1:1"], master: other }`;
  const { state } = await keptState(t, place, PATIENT);
  t.match(state.fleet?.status(), {
    isJoined: false,
    problem: /knows no master called other.*ECONNREFUSED|ECONNREFUSED.*knows no master called other/,
  });
});

t.test('the problem names a master whose certificate is for another name', { skip: WITHOUT_REDIS }, async (t) => {
  const tls = redisTls(t);
  const [, port] = (await startTlsRedis(t, tls, '--requirepass', 'PLANTED-redis')).peer;
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-sentinel-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, `sentinel monitor ${MASTER} 127.0.0.1 ${port} 1\n`);
  const sentinel = await redisProcess(t, { first: [file, '--sentinel'], settings: [], tls: tls.settings });
  const place = `sentinel: { urls: ["${sentinel.url}"], master: ${MASTER} }`;
  const { state } = await keptState(t, place, `${PATIENT}${tls.own}`, tls.trust);
  const problem = state.fleet?.status().problem ?? '';
  t.ok(problem.startsWith(`127.0.0.1:${port}: `), problem);
  t.match(problem, /certificate's altnames/);
});
