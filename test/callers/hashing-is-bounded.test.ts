import t from 'tap';
import type { Authentication } from '../../src/callers/authentication.ts';
import { Authenticator } from '../../src/callers/authenticator.ts';
import { Lockout } from '../../src/callers/lockout.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import type { CallerConfig } from '../../src/config/types.ts';
import { addressRanges } from '../../src/network/addresses.ts';
import { callerOf } from '../support/caller.ts';
import { basic, CHEAP, FAST_HASHING, LOCKOUT, noEnrolments } from '../support/stack.ts';

const ALICE = 'alice@contoso.test';
const caller = callerOf({ passwordHash: await hashPassword('right', CHEAP) });
// Stands in for the connections of clients that wait, which keep a gateway alive.
const alive = setInterval(() => undefined, 1_000);
t.teardown(() => clearInterval(alive));
const right = basic(ALICE, 'right');

function authenticatorOf(
  callers: readonly CallerConfig[],
  more: { concurrency?: number; queueLength?: number; previous?: Authenticator } = {},
): Authenticator {
  return new Authenticator({
    callers,
    lockout: new Lockout(LOCKOUT),
    enrolments: noEnrolments(),
    hashing: FAST_HASHING,
    ...more,
  });
}

async function outcomeOf(result: Authentication | Promise<Authentication>): Promise<string> {
  const awaited = await result;
  return 'caller' in awaited ? 'let in' : awaited.refusal;
}

t.test('concurrent requests with one credential share one computation, later ones need none', async (t) => {
  const authenticator = authenticatorOf([caller], { concurrency: 1, queueLength: 0 });
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, count) =>
      // The name in either case is one credential.
      authenticator.authenticate(count % 2 === 0 ? right : basic(ALICE.toUpperCase(), 'right'), {
        remoteAddress: '127.0.0.1',
      }),
    ),
  );
  t.ok(
    results.every((result) => 'caller' in result),
    'fifty at once, though only one may compute and none may wait',
  );
  t.notOk(authenticator.authenticate(right, { remoteAddress: '127.0.0.1' }) instanceof Promise, 'then it is known');
});

t.test('a wrong credential is never remembered as right', async (t) => {
  const authenticator = authenticatorOf([caller]);
  const connection = { remoteAddress: '127.0.0.1' };
  await authenticator.authenticate(right, connection);
  const wrong = await authenticator.authenticate(basic(ALICE, 'wrong'), connection);
  t.same(wrong, { refusal: 'wrong-password', username: ALICE, locks: [] });
});

t.test('a verified credential holds over a reload until its hash changes', async (t) => {
  const first = authenticatorOf([caller]);
  const connection = { remoteAddress: '127.0.0.1' };
  await first.authenticate(right, connection);
  t.match(first.authenticate(right, connection), { caller: { username: ALICE } });
  const second = authenticatorOf([{ ...caller, mailbox: 'other@contoso.test' }], { previous: first });
  t.match(second.authenticate(right, connection), { caller: { mailbox: 'other@contoso.test' } }, 'as configured now');
  const other = { ...caller, passwordHash: await hashPassword('another', CHEAP) };
  const third = authenticatorOf([other], { previous: second });
  t.equal(await outcomeOf(third.authenticate(right, connection)), 'wrong-password', 'at once');
  const fourth = authenticatorOf([], { previous: second });
  t.equal(await outcomeOf(fourth.authenticate(right, connection)), 'unknown-user');
});

t.test('a password that was right is not locked out, until it fails', async (t) => {
  const first = authenticatorOf([caller]);
  const connection = { remoteAddress: '127.0.0.1' };
  await first.authenticate(right, connection);
  const lockout = new Lockout({ ...LOCKOUT, failuresPerName: 1 });
  await lockout.failed(ALICE, '10.0.0.1', true);
  const options = { lockout, enrolments: noEnrolments(), hashing: FAST_HASHING };
  const rehashed = { ...caller, passwordHash: await hashPassword('right', CHEAP) };
  const second = new Authenticator({ ...options, callers: [rehashed], previous: first });
  t.equal(await outcomeOf(second.authenticate(right, connection)), 'let in', 'the same password, hashed again');
  await lockout.failed(ALICE, '10.0.0.1', true);
  const changed = { ...caller, passwordHash: await hashPassword('another', CHEAP) };
  const third = new Authenticator({ ...options, callers: [changed], previous: second });
  t.equal(await outcomeOf(third.authenticate(right, connection)), 'wrong-password', 'its last try');
  t.equal(await outcomeOf(third.authenticate(right, connection)), 'locked', 'as anybody else');
});

t.test('what exceeds the bound is told to come back', async (t) => {
  const authenticator = authenticatorOf([caller], { concurrency: 1, queueLength: 1 });
  const attempt = (password: string): Authentication | Promise<Authentication> =>
    authenticator.authenticate(basic(ALICE, password), { remoteAddress: '127.0.0.1' });
  const [running, waiting] = [attempt('1'), attempt('2')];
  await t.rejects(Promise.resolve(attempt('3')), {
    code: 'VERIFICATION_OVERLOADED',
    responseCode: 'ErrorServerBusy',
    backOffMilliseconds: 5_000,
  });
  t.same(await Promise.all([running, waiting].map(outcomeOf)), ['wrong-password', 'wrong-password']);
});

t.test('an unknown name takes a turn too', async (t) => {
  const authenticator = authenticatorOf([caller], { concurrency: 1, queueLength: 0 });
  const running = authenticator.authenticate(basic('nobody@contoso.test', 'x'), { remoteAddress: '127.0.0.1' });
  await t.rejects(
    Promise.resolve(authenticator.authenticate(basic(ALICE, '1'), { remoteAddress: '127.0.0.1' })),
    { code: 'VERIFICATION_OVERLOADED' },
    'it takes the only turn',
  );
  t.match(await running, { refusal: 'unknown-user' });
});

t.test('callers with `from` have a queue of their own, beside that of their network', async (t) => {
  const ranged = {
    ...caller,
    username: 'scanner@contoso.test',
    from: addressRanges(['192.0.2.0/24'], () => t.fail('not a range')),
  };
  const authenticator = authenticatorOf([caller, ranged], { concurrency: 1, queueLength: 1 });
  const attempt = (username: string, password: string): Promise<string> =>
    outcomeOf(authenticator.authenticate(basic(username, password), { remoteAddress: '192.0.2.7' }));
  const others = ['1', '2'].map((password) => attempt(ALICE, password));
  const own = attempt(ranged.username, 'right');
  await t.rejects(attempt(ALICE, '3'), { code: 'VERIFICATION_OVERLOADED' }, 'that of the network is full');
  t.equal(await own, 'let in');
  t.same(await Promise.all(others), ['wrong-password', 'wrong-password']);
});
