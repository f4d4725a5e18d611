/** What another gateway of a fleet learns or takes counts here at once. */
import t, { type Test } from 'tap';
import { Authenticator } from '../../src/callers/authenticator.ts';
import type { Enrolments } from '../../src/callers/enrolments.ts';
import { Lockout } from '../../src/callers/lockout.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import type { SharedEntry, Sharing } from '../../src/state/sharing.ts';
import { callerOf } from '../support/caller.ts';
import { enrolmentsIn } from '../support/enrolments.ts';
import { ALICE, basic, CHEAP, FAST_HASHING, LOCKOUT } from '../support/stack.ts';

// Stands in for the connections of clients that wait, which keep a gateway alive.
const alive = setInterval(() => undefined, 1_000);
t.teardown(() => clearInterval(alive));
const OLD = await hashPassword('old', CHEAP);
const LATER = new Date(Date.now() + 60_000);

function start(
  t: Test,
  claim: Sharing['claim'],
): { readonly authenticator: Authenticator; readonly enrolments: Enrolments; readonly shared: SharedEntry[] } {
  const shared: SharedEntry[] = [];
  const enrolments = enrolmentsIn(t, () => ({ changed: (entry) => shared.push(entry), claim }));
  const authenticator = new Authenticator({
    callers: [callerOf({ passwordHash: OLD })],
    lockout: new Lockout(LOCKOUT),
    enrolments,
    hashing: FAST_HASHING,
  });
  return { authenticator, enrolments, shared };
}

t.test('a password that another gateway has replaced opens no connection that it had opened', async (t) => {
  const { authenticator, enrolments } = start(t, async () => true);
  const connection = { remoteAddress: '127.0.0.1' };
  await authenticator.authenticate(basic(ALICE, 'old'), connection);
  t.match(authenticator.authenticate(basic(ALICE, 'old'), connection), { caller: { username: ALICE } }, 'remembered');
  const hash = await hashPassword('new', CHEAP);
  enrolments.take([{ key: `password ${ALICE}`, at: Date.now(), value: { hash, replaces: OLD } }]);
  t.match(await authenticator.authenticate(basic(ALICE, 'old'), connection), { refusal: 'wrong-password' });
  t.match(await authenticator.authenticate(basic(ALICE, 'new'), connection), { caller: { username: ALICE } });
  enrolments.take([{ key: `password ${ALICE}`, at: Date.now(), value: undefined }]);
  t.match(
    await authenticator.authenticate(basic(ALICE, 'new'), connection),
    { refusal: 'wrong-password' },
    'forgotten',
  );
});

t.test('an enrolment that another gateway was first to take learns nothing here', async (t) => {
  const claims: string[] = [];
  const { authenticator, enrolments, shared } = start(t, async (key) => {
    claims.push(key);
    return false;
  });
  authenticator.openEnrolment(ALICE, LATER, true);
  const result = await authenticator.authenticate(basic(ALICE, 'late'), { remoteAddress: '127.0.0.1' });
  t.match(result, { refusal: 'wrong-password' });
  t.same(claims, [`window ${ALICE}`]);
  t.equal(enrolments.hashOf(ALICE, OLD), OLD);
  t.same(
    shared.map(({ key }) => key),
    [`window ${ALICE}`],
    'no password is shared',
  );
});
