/** Which callers count as having a password, and how many sign-ins may wait. */
import t from 'tap';
import { Authenticator } from '../../src/callers/authenticator.ts';
import { CallerDirectory } from '../../src/callers/caller-directory.ts';
import { Lockout } from '../../src/callers/lockout.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { callerOf } from '../support/caller.ts';
import { enrolmentsIn } from '../support/enrolments.ts';
import { ALICE, BOB, CHEAP, LOCKOUT } from '../support/stack.ts';

const hash = await hashPassword('right', CHEAP);
const alice = callerOf({ passwordHash: hash });
const bob = callerOf({ username: BOB, mailbox: BOB });
const domain = callerOf({
  username: '@Fabrikam.test',
  mailbox: '',
  domainPasswords: new Map([
    ['one@fabrikam.test', hash],
    ['two@fabrikam.test', hash],
  ]),
});
/** Its password is its own, though its address is one of the domain. */
const named = callerOf({ username: 'named@fabrikam.test', mailbox: 'named@fabrikam.test', passwordHash: hash });

t.test('a configured password and an enrolled one count alike', async (t) => {
  const enrolments = enrolmentsIn(t);
  const lockout = new Lockout(LOCKOUT);
  const authenticator = new Authenticator({ callers: [alice, bob, domain, named], lockout, enrolments });
  t.ok(authenticator.hasPassword(ALICE.toUpperCase()));
  t.notOk(authenticator.hasPassword(BOB));
  t.same(authenticator.mailboxesOf(domain), ['one@fabrikam.test', 'two@fabrikam.test']);
  enrolments.pin(
    [BOB, 'three@fabrikam.test', 'named@fabrikam.test', 'two@fabrikam.test'].map((name) => ({
      name,
      hash,
      configured: undefined,
    })),
  );
  // Replaces a hash that is not configured any more: it does not count.
  enrolments.pin([{ name: 'four@fabrikam.test', hash, configured: 'another' }]);
  t.ok(authenticator.hasPassword(BOB));
  t.same(authenticator.mailboxesOf(domain), ['one@fabrikam.test', 'two@fabrikam.test', 'three@fabrikam.test']);
  t.equal(authenticator.openEnrolment(BOB, new Date(Date.now() + 60_000), false), 'has-password');
});

t.test('a caller counts once, a domain as often as it has passwords', async (t) => {
  const enrolments = enrolmentsIn(t);
  const directory = new CallerDirectory([alice, bob, domain], enrolments);
  t.equal(directory.size, 4);
  enrolments.pin([{ name: 'three@fabrikam.test', hash, configured: undefined }]);
  t.equal(directory.size, 5, 'and each that was learned');
});
