import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, startStack } from '../support/stack.ts';
import { RawConnection } from '../support/upstream.ts';

const post = (headers: string): string =>
  `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/xml\r\n${headers}\r\n`;
const CHALLENGE = /^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*?\r\n\r\n[^\r]*\r\n/;

t.test('the first call of the Managed API goes without credentials, and the connection is kept', async (t) => {
  const { origin, simulator } = await startStack(t);
  const client = await RawConnection.open(t, origin);
  for (let count = 0; count < 3; count++) {
    client.write(`${post(`Content-Length: ${GET_FOLDER.length}\r\n`)}${GET_FOLDER}`);
    const answer = await client.until(CHALLENGE);
    t.same(
      answer.match(/www-authenticate: .*/gi),
      ['www-authenticate: Basic realm="Exchange Web Services"'],
      'Basic and nothing else',
    );
    t.notMatch(answer, /connection: close/i);
    client.write(`${post(`Authorization: ${basic(ALICE)}\r\nContent-Length: ${GET_FOLDER.length}\r\n`)}${GET_FOLDER}`);
    t.match(await client.until(/<\/s:Envelope>/), /^HTTP\/1\.1 200 OK/, 'on the same connection');
  }
  t.equal(simulator.exchange.requests.length, 3);
});

t.test('a small body is drained before the challenge', async (t) => {
  const { origin } = await startStack(t);
  const client = await RawConnection.open(t, origin);
  client.write(post('Content-Length: 10\r\n') + '12345');
  client.write('67890' + post('Content-Length: 0\r\n'));
  await client.until(CHALLENGE);
  t.match(await client.until(CHALLENGE), /401/, 'and what follows is the next request');
});

t.test('a client that waits for 100 Continue sends a small body, and not a large one', async (t) => {
  const { origin } = await startStack(t);
  const small = await RawConnection.open(t, origin);
  small.write(post(`Expect: 100-continue\r\nContent-Length: ${GET_FOLDER.length}\r\n`));
  await small.until(/HTTP\/1\.1 100 Continue\r\n\r\n/);
  small.write(GET_FOLDER);
  await small.until(CHALLENGE);
  const large = await RawConnection.open(t, origin);
  large.write(post('Expect: 100-continue\r\nContent-Length: 10000000\r\n'));
  t.match(await large.until(CHALLENGE), CHALLENGE, 'challenged at once');
});

t.test('with credentials, 100 Continue comes after they are checked', async (t) => {
  const { origin } = await startStack(t);
  const client = await RawConnection.open(t, origin);
  client.write(
    post(`Authorization: ${basic(ALICE)}\r\nExpect: 100-continue\r\nContent-Length: ${GET_FOLDER.length}\r\n`),
  );
  await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  client.write(GET_FOLDER);
  t.match(await client.until(/<\/s:Envelope>/), /^HTTP\/1\.1 200 OK/);
});

t.test('a large body that comes all the same is tolerated', async (t) => {
  const { origin } = await startStack(t);
  const client = await RawConnection.open(t, origin);
  client.write(post('Content-Length: 300000\r\n'));
  await client.until(CHALLENGE);
  client.write(Buffer.alloc(300_000, 'x'));
  client.write(post('Content-Length: 0\r\n'));
  t.match(await client.until(CHALLENGE), CHALLENGE, 'the connection is still in step');
});

t.test('a body in chunks is challenged at once', async (t) => {
  const { origin } = await startStack(t);
  const client = await RawConnection.open(t, origin);
  client.write(post('Transfer-Encoding: chunked\r\n'));
  t.match(await client.until(CHALLENGE), CHALLENGE);
});
