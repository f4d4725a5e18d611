import t from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, CHEAP, newMailbox, PASSWORD, send, startStack } from '../support/stack.ts';

// The password holds a colon and an umlaut.
t.test('every form a client sends its credentials in', async (t) => {
  const { url, simulator } = await startStack(t);
  const forms: Record<string, [string, string]> = {
    'UTF-8': [basic(ALICE), ALICE],
    'Latin-1': [basic(ALICE, PASSWORD, 'latin1'), ALICE],
    'other letter case of the name': [basic(ALICE.toUpperCase()), ALICE],
    'DOMAIN\\user': [basic('CONTOSO\\carol'), 'carol@contoso.test'],
    'domain\\USER': [basic('contoso\\CAROL'), 'carol@contoso.test'],
    'scheme in lower case': [basic(ALICE).replace('Basic', 'basic'), ALICE],
    'decomposed umlaut': [basic(ALICE, PASSWORD.normalize('NFD')), ALICE],
  };
  for (const [name, [authorization, mailbox]] of Object.entries(forms)) {
    const { status } = await send(url, GET_FOLDER, { authorization });
    t.equal(status, 200, name);
    t.equal(simulator.exchange.requests.at(-1)?.mailbox, mailbox, `${name}: opens its mailbox`);
  }
});

t.test('a name with an umlaut is read in the form that somebody has', async (t) => {
  const plain = 'PLANTED-plain';
  const hash = await hashPassword(plain, CHEAP);
  // The second is what the name jörg becomes where its UTF-8 is read as Latin-1.
  const names = ['jürgen@contoso.test', 'jÃ¶rg@contoso.test'] as const;
  const { url } = await startStack(t, {
    callers: names.map((name) => `  - username: ${name}\n    password: { hash: "${hash}" }`).join('\n'),
    prepare: ({ exchange }) => exchange.mailboxes.push(...names.map(newMailbox)),
  });
  for (const [authorization, form] of [
    [basic(names[0], plain), 'UTF-8'],
    [basic(names[0], plain, 'latin1'), 'Latin-1'],
    [basic(names[1], plain, 'latin1'), 'Latin-1 that might be UTF-8'],
  ] as const)
    t.equal((await send(url, GET_FOLDER, { authorization })).status, 200, form);
});

t.test('what is no credential, or a wrong one', async (t) => {
  const { url, simulator } = await startStack(t);
  const forms: Record<string, string> = {
    'wrong password': basic(ALICE, 'wrong'),
    'other letter case of the password': basic(ALICE, PASSWORD.toUpperCase()),
    'password cut at the second colon': basic(ALICE, PASSWORD.split(':')[0] ?? ''),
    'empty password': basic(ALICE, ''),
    'unknown name': basic('nobody@contoso.test'),
    'no colon': `Basic ${Buffer.from('alice').toString('base64')}`,
    'not base64': 'Basic ???',
    'another scheme': 'Bearer abc',
    'empty': '',
  };
  for (const [name, authorization] of Object.entries(forms)) {
    const { status, headers } = await send(url, GET_FOLDER, { authorization });
    t.equal(status, 401, name);
    t.equal(headers['www-authenticate'], 'Basic realm="Exchange Web Services"', `${name}: Basic only`);
  }
  t.same(simulator.exchange.requests, [], 'nothing reached Exchange');
});
