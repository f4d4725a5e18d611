import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, PASSWORD, send, startStack } from '../support/stack.ts';

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
