import t from 'tap';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { eventually } from '../../support/eventually.ts';
import { ALICE, basic, startStack } from '../../support/stack.ts';
import { RawConnection, startUpstream } from '../../support/upstream.ts';

const head = (length: number | 'chunked'): string =>
  `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic(ALICE)}\r\nContent-Type: text/xml\r\n` +
  (length === 'chunked' ? 'Transfer-Encoding: chunked\r\n\r\n' : `Content-Length: ${length}\r\n\r\n`);

t.test('a client that goes while Exchange works ends the request to Exchange', async (t) => {
  let arrived = false;
  let aborted = false;
  const ews = await startUpstream(t, (request, response) => {
    request.resume();
    arrived = true;
    response.on('close', () => (aborted = !response.writableEnded));
  });
  const { origin, log } = await startStack(t, { ews });
  const client = await RawConnection.open(t, origin);
  client.write(head(GET_FOLDER.length) + GET_FOLDER);
  await eventually(() => arrived);
  client.destroy();
  await eventually(() => aborted);
  t.match(await eventually(() => log().find(({ outcome }) => outcome === 'CLIENT_GONE')), { operation: 'GetFolder' });
});

t.test('a client that goes while an answer streams ends it', async (t) => {
  let aborted = false;
  const ews = await startUpstream(t, (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.write('<begin>');
    response.on('close', () => (aborted = true));
  });
  const { origin } = await startStack(t, { ews });
  const client = await RawConnection.open(t, origin);
  client.write(head(GET_FOLDER.length) + GET_FOLDER);
  await client.until(/<begin>/);
  client.destroy();
  await eventually(() => aborted);
  t.ok(aborted);
});

t.test('a client that goes in the middle of its upload after Exchange has answered does no harm', async (t) => {
  const ews = await startUpstream(t, (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': 5 }).end('<ok/>'),
  );
  const { origin, post, log } = await startStack(t, { ews, alice: '    operations: mail' });
  const client = await RawConnection.open(t, origin);
  client.write(head(10_000_000) + (envelope('<m:CreateItem>').split('</soap:Body>')[0] ?? '') + 'x'.repeat(200_000));
  await client.until(/<ok\/>/);
  client.destroy();
  await eventually(() => log().some(({ operation }) => operation === 'CreateItem'));
  t.equal((await post(GET_FOLDER)).status, 200, 'the next request is served');
});

t.test('what still comes of a refused request is read, so that the connection ends or goes on', async (t) => {
  const { origin, post, simulator } = await startStack(t);
  const body = envelope(`<m:SendItem>${' '.repeat(600_000)}</m:SendItem>`);
  const client = await RawConnection.open(t, origin);
  client.write(head(body.length) + body);
  await client.until(/ErrorAccessDenied[^]*<\/s:Envelope>/);
  client.write(head(GET_FOLDER.length) + GET_FOLDER);
  await client.until(/HTTP\/1\.1 200 OK/);
  const gone = await RawConnection.open(t, origin);
  gone.write(head(body.length) + body.slice(0, 300_000));
  await gone.until(/ErrorAccessDenied/);
  gone.destroy();
  await gone.closed();
  t.equal((await post(GET_FOLDER)).status, 200);
  t.equal(simulator.exchange.requests.length, 2);
});

t.test('a client that goes in the middle of its upload ends it, and Exchange never sees a whole request', async (t) => {
  let seen = '';
  let ended = false;
  let aborted = false;
  const ews = await startUpstream(t, (request) => {
    request.on('data', (data: Buffer) => (seen += data.toString()));
    request.on('end', () => (ended = true));
    request.on('error', () => undefined);
    request.on('close', () => (aborted = !ended));
  });
  for (const form of ['chunked', 500_000] as const) {
    seen = '';
    aborted = false;
    const { origin } = await startStack(t, { ews, alice: '    operations: mail' });
    const client = await RawConnection.open(t, origin);
    const begin = `${envelope('<m:CreateItem>|').split('|')[0]}${'x'.repeat(100_000)}`;
    client.write(head(form) + (form === 'chunked' ? `${begin.length.toString(16)}\r\n${begin}\r\n` : begin));
    await eventually(() => seen.includes('xxx'));
    client.destroy();
    await eventually(() => aborted);
    t.notOk(ended, `${form}`);
  }
});

t.test('Exchange gone in the middle of an upload: the client is told', async (t) => {
  const ews = await startUpstream(t, (request) => {
    request.once('data', () => request.socket.destroy());
    request.on('error', () => undefined);
  });
  const { origin } = await startStack(t, { ews, alice: '    operations: mail' });
  const client = await RawConnection.open(t, origin);
  const begin = `${envelope('<m:CreateItem>|').split('|')[0]}${'x'.repeat(100_000)}`;
  client.write(`${head('chunked')}${begin.length.toString(16)}\r\n${begin}\r\n`);
  const answer = await client.until(/<\/s:Envelope>/);
  t.match(answer, /^HTTP\/1\.1 500 /);
  t.match(answer, /ErrorTimeoutExpired/);
});
