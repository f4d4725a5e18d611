import t from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { basic, CHEAP, newMailbox, PLANTED, send, startStack } from '../support/stack.ts';

const [one, two] = [await hashPassword(`${PLANTED}-1`, CHEAP), await hashPassword(`${PLANTED}-2`, CHEAP)];
const callers = `  - username: "@fabrikam.test"
    passwords:
      One@fabrikam.test: { hash: "${one}" }
      two@fabrikam.test: { hash: "${two}" }`;

t.test('each mailbox of a domain has its own password and opens itself only', async (t) => {
  const { url, simulator, log } = await startStack(t, {
    callers,
    prepare: ({ exchange }) =>
      exchange.mailboxes.push(newMailbox('one@fabrikam.test'), newMailbox('two@fabrikam.test')),
  });
  const post = async (user: string, password: string, body = GET_FOLDER): Promise<number> =>
    (await send(url, body, { authorization: basic(user, password) })).status;
  t.equal(await post('ONE@Fabrikam.test', `${PLANTED}-1`), 200);
  t.equal(await post('two@fabrikam.test', `${PLANTED}-2`), 200);
  t.same(
    simulator.exchange.requests.map(({ mailbox }) => mailbox),
    ['one@fabrikam.test', 'two@fabrikam.test'],
  );
  for (const [user, password] of [
    ['one@fabrikam.test', `${PLANTED}-2`],
    ['three@fabrikam.test', `${PLANTED}-1`],
    ['three@fabrikam.test', ''],
    ['@fabrikam.test', `${PLANTED}-1`],
    ['one@sub.fabrikam.test', `${PLANTED}-1`],
  ] as const) {
    t.equal(await post(user, password), 401, `${user} is not let in`);
  }
  t.equal(
    await post('one@fabrikam.test', `${PLANTED}-1`, envelope(getFolder(), impersonation('two@fabrikam.test'))),
    500,
    'nor into another mailbox of the domain',
  );
  t.equal(simulator.exchange.requests.length, 2);
  t.match(
    log().find(({ msg }) => msg === 'request answered'),
    { caller: 'one@fabrikam.test' },
  );
});

t.test('mistakes are placed', async (t) => {
  const { writeConfig, reload } = await startStack(t);
  for (const [entry, message] of [
    ['{ username: "@a.test", mailbox: x@a.test }', /mailbox: a whole domain has no mailbox/],
    [`{ username: "@a.test", password: { hash: "${one}" } }`, /password: a whole domain has no password/],
    [`{ username: "@a.test", passwords: { x@b.test: { hash: "${one}" } } }`, /is not an address of @a\.test/],
    [
      `{ username: "a@a.test", passwords: { a@a.test: { hash: "${one}" } } }`,
      /goes with a username of the form @domain/,
    ],
    ['{ username: "@a.test", passwords: { x@a.test: { hash: "scrypt:x" } } }', /is not a password hash/],
  ] as const) {
    writeConfig({ callers: `  - ${entry}` });
    await t.rejects(reload(), { message });
  }
});
