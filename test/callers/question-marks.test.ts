import t from 'tap';
import type { Authentication } from '../../src/callers/authentication.ts';
import { Authenticator } from '../../src/callers/authenticator.ts';
import type { Enrolments } from '../../src/callers/enrolments.ts';
import { Lockout } from '../../src/callers/lockout.ts';
import { hashPassword, matchesPassword, parsePasswordHash } from '../../src/callers/password-hash.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { callerOf } from '../support/caller.ts';
import {
  ALICE,
  basic,
  CHEAP,
  FAST_HASHING,
  LOCKOUT,
  newMailbox,
  noEnrolments,
  PLANTED,
  send,
  startStack,
} from '../support/stack.ts';
import { enrolmentsIn } from '../support/enrolments.ts';

const UMLAUT = 'Größe-2019';
const FORM = 'Gr??e-2019';
// Stands in for the connections of clients that wait, which keep a gateway alive.
const alive = setInterval(() => undefined, 1_000);
t.teardown(() => clearInterval(alive));

function tryWith(
  passwordHash: string | undefined,
  password: string,
  {
    username = ALICE,
    tried = username,
    enrolments = noEnrolments(),
  }: {
    username?: string;
    tried?: string;
    enrolments?: Enrolments;
  } = {},
): Authentication | Promise<Authentication> {
  const caller = callerOf({ username, passwordHash });
  const lockout = new Lockout(LOCKOUT);
  const authenticator = new Authenticator({ callers: [caller], lockout, enrolments, hashing: FAST_HASHING });
  return authenticator.authenticate(basic(tried, password), { remoteAddress: '127.0.0.1' });
}

t.test('a second hash is made where the password is not ASCII', async (t) => {
  const both = parsePasswordHash(await hashPassword(UMLAUT, CHEAP));
  t.ok(both?.questionMarks !== undefined && (await matchesPassword(FORM, both.questionMarks)));
  t.ok(both !== undefined && (await matchesPassword(UMLAUT, both)));
  for (const password of ['plain', 'why?'])
    t.equal(parsePasswordHash(await hashPassword(password, CHEAP))?.questionMarks, undefined, password);
});

t.test('one question mark stands for each character', async (t) => {
  for (const [password, form] of [
    ['a\u0308b'.normalize('NFD'), '?b'],
    ['x😀y', 'x?y'],
  ] as const) {
    const hash = parsePasswordHash(await hashPassword(password, CHEAP))?.questionMarks;
    t.ok(hash !== undefined && (await matchesPassword(form, hash)), form);
  }
});

t.test('the form is recognised, and never let in', async (t) => {
  const hash = await hashPassword(UMLAUT, CHEAP);
  t.match(await tryWith(hash, FORM), { refusal: 'question-marks', username: ALICE });
  t.match(await tryWith(hash, 'Gr?ße-2019'), { refusal: 'wrong-password' });
  t.match(await tryWith(hash, 'G???e-2019'), { refusal: 'wrong-password' });
  t.match(await tryWith(hash, UMLAUT), { caller: { username: ALICE } });
});

t.test('without a second hash there is a hint, where the password holds a question mark', async (t) => {
  const [hash = ''] = (await hashPassword(UMLAUT, CHEAP)).split(' ');
  t.match(await tryWith(hash, FORM), { refusal: 'wrong-password', maybeQuestionMarks: true });
  t.same(await tryWith(hash, 'wrong'), { refusal: 'wrong-password', username: ALICE, locks: [] });
  t.match(await tryWith(await hashPassword('why?', CHEAP), 'why?'), { caller: { username: ALICE } });
});

t.test('a user name in that form is recognised too', async (t) => {
  const hash = await hashPassword('right', CHEAP);
  t.match(await tryWith(hash, 'right', { username: 'jörg', tried: 'J?RG' }), { refusal: 'question-marks' });
  t.match(await tryWith(hash, 'right', { username: 'jörg', tried: 'j?r?' }), { refusal: 'unknown-user' });
});

t.test('an enrolment does not take the form over', async (t) => {
  const enrolments = enrolmentsIn(t);
  enrolments.open(ALICE, new Date(Date.now() + 60_000), true);
  const hash = await hashPassword(UMLAUT, CHEAP);
  t.match(await tryWith(hash, FORM, { enrolments }), { refusal: 'question-marks' });
  t.match(enrolments.windows(), [{ name: ALICE }], 'still open');
  t.match(await tryWith(hash, 'another?', { enrolments }), { caller: { username: ALICE } });
  t.same(enrolments.windows(), []);
});

t.test('log, status page and answer say what happens and what to do', async (t) => {
  const name = 'dave@contoso.test';
  const hash = await hashPassword(`${PLANTED}-ü`, CHEAP);
  const { url, admin, log } = await startStack(t, {
    callers: `  - { username: ${name}, password: { hash: "${hash}" } }`,
    prepare: ({ exchange }) => exchange.mailboxes.push(newMailbox(name)),
  });
  const status = async (password: string): Promise<number> =>
    (await send(url, GET_FOLDER, { authorization: basic(name, password) })).status;
  t.equal(await status(`${PLANTED}-?`), 401);
  const { requests } = JSON.parse((await send(`${admin}/requests`, null)).text) as { requests: object[] };
  t.match(requests[0], { outcome: 'question-marks', reason: /sends a \? for each letter beyond ASCII.*hash-password/ });
  t.match(
    log().find(({ msg }) => msg === 'sign-in refused'),
    { refusal: 'question-marks', username: name },
  );
  t.match((await send(`${admin}/status`, null)).text, /Give it a password of ASCII letters/);
  t.equal(await status(`${PLANTED}-ü`), 200);
});
