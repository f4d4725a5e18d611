import { randomBytes, scryptSync } from 'node:crypto';
import t from 'tap';
import type { Authentication } from '../../src/callers/authentication.ts';
import { Authenticator } from '../../src/callers/authenticator.ts';
import type { Enrolments } from '../../src/callers/enrolments.ts';
import { Lockout } from '../../src/callers/lockout.ts';
import { matchesPassword, parsePasswordHash } from '../../src/callers/password-hash.ts';
import { callerOf } from '../support/caller.ts';
import { ALICE, basic, FAST_HASHING, LOCKOUT } from '../support/stack.ts';
import { enrolmentsIn } from '../support/enrolments.ts';

// Stands in for the connections of clients that wait, which keep a gateway alive.
const alive = setInterval(() => undefined, 1_000);
t.teardown(() => clearInterval(alive));
const connection = (): { remoteAddress: string } => ({ remoteAddress: '127.0.0.1' });
const OLD = scryptHash('right');

function scryptHash(password: string): string {
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 });
  return `scrypt:1024:8:1:${salt.toString('base64url')}:${hash.toString('base64url')}`;
}

function start(enrolments: Enrolments, passwordHash: string): Authenticator {
  const caller = callerOf({ passwordHash });
  const lockout = new Lockout(LOCKOUT);
  return new Authenticator({ callers: [caller], lockout, enrolments, hashing: FAST_HASHING });
}

t.test('an old hash works, and has a new one beside it after a success', async (t) => {
  const enrolments = enrolmentsIn(t);
  const authenticator = start(enrolments, OLD);
  const attempt = (password: string): Authentication | Promise<Authentication> =>
    authenticator.authenticate(basic(ALICE, password), connection());
  t.match(await attempt('wrong'), { refusal: 'wrong-password' });
  await authenticator.upgraded;
  t.equal(enrolments.hashOf(ALICE, OLD), OLD, 'a wrong password is no reason');
  t.match(await attempt('right'), { caller: { username: ALICE } });
  await authenticator.upgraded;
  const text = enrolments.hashOf(ALICE, OLD) ?? '';
  t.match(text, /^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  const parsed = parsePasswordHash(text);
  t.ok(parsed !== undefined && (await matchesPassword('right', parsed)));
  t.notOk(attempt('right') instanceof Promise, 'who signed in stays in');
  t.match(await attempt('wrong'), { refusal: 'wrong-password' });
  t.match(await start(enrolments, OLD).authenticate(basic(ALICE, 'right'), connection()), {
    caller: { username: ALICE },
  });
});

t.test('it counts while the configured hash is unchanged', async (t) => {
  const enrolments = enrolmentsIn(t);
  const authenticator = start(enrolments, OLD);
  await authenticator.authenticate(basic(ALICE, 'right'), connection());
  await authenticator.upgraded;
  const changed = start(enrolments, scryptHash('another'));
  t.match(await changed.authenticate(basic(ALICE, 'right'), connection()), { refusal: 'wrong-password' });
  t.match(await changed.authenticate(basic(ALICE, 'another'), connection()), { caller: { username: ALICE } });
});
