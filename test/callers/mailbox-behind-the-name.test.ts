import t from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { ALICE, basic, BOB, CHEAP, newMailbox, PLANTED, send, startStack, type Answer } from '../support/stack.ts';

const SHARED = 'shared@contoso.test';
const DAVE = 'CONTOSO\\dave';
const hash = await hashPassword(`${PLANTED}-other`, CHEAP);
// Each entry acts as what its own comment or setting names.
const alice = `    mayImpersonate: [Shared@contoso.test, "scan-*@contoso.test", info@a.test, info@b.test]
    # ${SHARED} scan-1@contoso.test`;

t.test('a caller acts as the mailbox behind its user name', async (t) => {
  const { url, simulator, log } = await startStack(t, {
    alice,
    prepare: ({ exchange }) => exchange.mailboxes.push(newMailbox(SHARED), newMailbox('scan-1@contoso.test')),
  });
  const post = (user: string, body = GET_FOLDER): Promise<Answer> => send(url, body, { authorization: basic(user) });
  for (const [user, mailbox] of [
    [`${ALICE}\\${SHARED}`, SHARED],
    [`${ALICE.toUpperCase()}\\SHARED@contoso.test`, SHARED],
    [`${ALICE}\\shared`, SHARED],
    [`${ALICE}\\scan-1@contoso.test`, 'scan-1@contoso.test'],
    [`${ALICE}\\${ALICE}`, ALICE],
    ['CONTOSO\\carol\\carol', 'carol@contoso.test'],
    ['CONTOSO\\carol', 'carol@contoso.test'],
  ] as const) {
    t.equal((await post(user)).status, 200, user);
    t.equal(simulator.exchange.requests.at(-1)?.mailbox?.toLowerCase(), mailbox, user);
  }
  t.match(
    log().find(({ msg, mailbox }) => msg === 'request answered' && String(mailbox).toLowerCase() === SHARED),
    { caller: ALICE },
    'the log has caller and mailbox',
  );
  const header = envelope(getFolder(), impersonation(ALICE));
  t.equal((await post(`${ALICE}\\${SHARED}`, header)).status, 200);
  t.equal(simulator.exchange.requests.at(-1)?.mailbox, ALICE, 'a header counts more');
});

t.test('one that is not permitted is refused, after the sign-in', async (t) => {
  const { url, simulator } = await startStack(t, { alice });
  for (const body of [GET_FOLDER, envelope(getFolder(), impersonation(ALICE))]) {
    const answer = await send(url, body, { authorization: basic(`${ALICE}\\${BOB}`) });
    const { text } = readFault(t, answer, 'ErrorImpersonateUserDenied');
    t.match(text, /may not open mailbox 'bob@contoso\.test', which stands behind its user name.*mayImpersonate/);
  }
  t.same(simulator.exchange.requests, []);
});

t.test('what is no mailbox, or not one alone, makes an unknown user', async (t) => {
  const { url, log } = await startStack(t, { alice });
  for (const user of [`${ALICE}\\info`, `${ALICE}\\nobody`, `${ALICE}\\`, `\\${SHARED}`, `nobody\\${SHARED}`]) {
    t.equal((await send(url, GET_FOLDER, { authorization: basic(user) })).status, 401, user);
    t.match(
      log().findLast(({ msg }) => msg === 'sign-in refused'),
      { refusal: 'unknown-user', username: user },
    );
  }
});

t.test('a configured caller with the whole name wins', async (t) => {
  const { url } = await startStack(t, {
    alice,
    callers: `  - username: ${ALICE}\\${SHARED}
    password: { hash: "${hash}" }
    mailbox: ${BOB}
  - username: ${DAVE}
    password: { hash: "${hash}" }
    mailbox: dave@contoso.test
  - username: "@dave.test"`,
  });
  const status = async (user: string, password?: string): Promise<number> =>
    (await send(url, GET_FOLDER, { authorization: basic(user, password) })).status;
  t.equal(await status(`${ALICE}\\${SHARED}`), 401, "Alice's password is not its");
  t.equal(await status(`${DAVE}\\x@dave.test`, `${PLANTED}-other`), 500, 'a domain is not meant by what is behind');
});

t.test('wrong passwords count for the caller', async (t) => {
  const { url, log } = await startStack(t, { alice, yaml: 'lockout: { failuresPerName: 10 }' });
  const status = async (user: string, password?: string): Promise<number> =>
    (await send(url, GET_FOLDER, { authorization: basic(user, password) })).status;
  for (let count = 0; count < 10; count++) await status(`${ALICE}\\x${count}@contoso.test`, `wrong-${count}`);
  t.equal(await status(ALICE), 401, 'she is locked, whatever stood behind her name');
  t.match(
    log().findLast(({ msg }) => msg === 'sign-in refused'),
    { refusal: 'locked', username: ALICE },
  );
});
