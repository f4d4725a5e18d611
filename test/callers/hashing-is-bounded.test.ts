import t from 'tap';
import { Authenticator } from '../../src/callers/authenticator.ts';
import { Lockout } from '../../src/callers/lockout.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import type { CallerConfig } from '../../src/config/types.ts';
import { basic, CHEAP, FAST_HASHING, LOCKOUT, noEnrolments } from '../support/stack.ts';

const caller: CallerConfig = {
  username: 'alice@contoso.test',
  passwordHash: await hashPassword('right', CHEAP),
  domainPasswords: undefined,
  mailbox: 'alice@contoso.test',
  registration: 'contoso',
  backend: undefined,
  mayImpersonate: [],
  from: undefined,
  operations: new Set(),
  operationsSetting: 'capture',
};
// Stands in for the connections of clients that wait, which keep a gateway alive.
const alive = setInterval(() => undefined, 1_000);
t.teardown(() => clearInterval(alive));
const right = basic('alice@contoso.test', 'right');

t.test('concurrent requests with one credential share one computation, later ones need none', async (t) => {
  let now = 1_000;
  const authenticator = new Authenticator({
    callers: [caller],
    lockout: new Lockout(LOCKOUT),
    enrolments: noEnrolments(),
    cacheLifetime: 60_000,
    hashing: FAST_HASHING,
    concurrency: 1,
    queueLength: 0,
    now: () => now,
  });
  const results = await Promise.all(
    Array.from({ length: 50 }, () => authenticator.authenticate(right, { remoteAddress: '127.0.0.1' })),
  );
  t.ok(
    results.every((result) => 'caller' in result),
    'fifty at once, though only one may compute and none may wait',
  );
  t.notOk(
    authenticator.authenticate(right, { remoteAddress: '127.0.0.1' }) instanceof Promise,
    'then it is known at once',
  );
  now += 60_000;
  t.ok(
    authenticator.authenticate(right, { remoteAddress: '127.0.0.1' }) instanceof Promise,
    'until its lifetime is over',
  );
});

t.test('a wrong credential is never remembered as right', async (t) => {
  const authenticator = new Authenticator({
    callers: [caller],
    lockout: new Lockout(LOCKOUT),
    enrolments: noEnrolments(),
    cacheLifetime: 60_000,
    hashing: FAST_HASHING,
  });
  await authenticator.authenticate(right, { remoteAddress: '127.0.0.1' });
  const wrong = await authenticator.authenticate(basic('alice@contoso.test', 'wrong'), { remoteAddress: '127.0.0.1' });
  t.same(wrong, { refusal: 'wrong-password', username: 'alice@contoso.test', locks: [] });
});

t.test('what was verified on a connection holds for the same credential, and no longer than it lives', async (t) => {
  let now = 1_000;
  const authenticator = new Authenticator({
    callers: [caller],
    lockout: new Lockout(LOCKOUT),
    enrolments: noEnrolments(),
    cacheLifetime: 60_000,
    hashing: FAST_HASHING,
    now: () => now,
  });
  const connection = { remoteAddress: '127.0.0.1' };
  await authenticator.authenticate(right, connection);
  for (let count = 0; count < 2; count++)
    t.match(authenticator.authenticate(right, connection), { caller: { username: 'alice@contoso.test' } });
  t.match(await authenticator.authenticate(basic('alice@contoso.test', 'wrong'), connection), {
    refusal: 'wrong-password',
  });
  now += 60_000;
  t.ok(authenticator.authenticate(right, connection) instanceof Promise);
});

t.test('what exceeds the bound is told to come back', async (t) => {
  const authenticator = new Authenticator({
    callers: [caller],
    lockout: new Lockout(LOCKOUT),
    enrolments: noEnrolments(),
    cacheLifetime: 60_000,
    hashing: FAST_HASHING,
    concurrency: 1,
    queueLength: 1,
  });
  const running = authenticator.authenticate(basic('alice@contoso.test', '1'), { remoteAddress: '127.0.0.1' });
  const waiting = authenticator.authenticate(basic('alice@contoso.test', '2'), { remoteAddress: '127.0.0.1' });
  await t.rejects(
    Promise.resolve(authenticator.authenticate(basic('alice@contoso.test', '3'), { remoteAddress: '127.0.0.1' })),
    { code: 'VERIFICATION_OVERLOADED', responseCode: 'ErrorServerBusy', backOffMilliseconds: 5_000 },
  );
  t.same(await Promise.all([running, waiting]).then((both) => both.map((one) => 'refusal' in one && one.refusal)), [
    'wrong-password',
    'wrong-password',
  ]);
});

t.test('an unknown name costs a computation too', async (t) => {
  const authenticator = new Authenticator({
    callers: [caller],
    lockout: new Lockout(LOCKOUT),
    enrolments: noEnrolments(),
    cacheLifetime: 60_000,
    hashing: FAST_HASHING,
    concurrency: 1,
    queueLength: 0,
  });
  const running = authenticator.authenticate(basic('nobody@contoso.test', 'x'), { remoteAddress: '127.0.0.1' });
  await t.rejects(
    Promise.resolve(authenticator.authenticate(basic('alice@contoso.test', '1'), { remoteAddress: '127.0.0.1' })),
    { code: 'VERIFICATION_OVERLOADED' },
    'it takes the only turn',
  );
  t.match(await running, { refusal: 'unknown-user' });
});
