/** An upstream, or somebody on the way to it, that answers more or other than was asked. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, BOB, send, startStack } from '../support/stack.ts';
import { startUpstream } from '../support/upstream.ts';

const answer = (body: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

/** Answers the bytes a test wants for the n-th request on any connection. */
async function rawUpstream(t: Test, answers: (count: number, socket: Socket) => string): Promise<string> {
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (!received.endsWith('Envelope>')) return;
      received = '';
      socket.write(answers(count++, socket));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/EWS/Exchange.asmx`;
}

t.test('an answer too many is nobody’s: the next request gets its own', async (t) => {
  const ews = await rawUpstream(t, (count) =>
    count === 0 ? answer('<for-alice/>') + answer('<stolen/>') : answer('<own/>'),
  );
  const { url, post } = await startStack(t, { ews, limits: 'upstreamConnections: 1' });
  t.match((await post(GET_FOLDER)).text, '<for-alice/>');
  const bobs = await send(url, GET_FOLDER, { authorization: basic(BOB) });
  t.notMatch(bobs.text, /stolen/);
});

t.test('headers that would act on the gateway’s own address do not pass', async (t) => {
  const more =
    'Set-Cookie: session=x; Domain=evil.test; Path=/EWS; Secure\r\n' +
    'Strict-Transport-Security: max-age=1\r\nWWW-Authenticate: Bearer\r\nAlt-Svc: h3="evil.test"\r\n' +
    'Connection: X-Private\r\nX-Private: y\r\n';
  const ews = await rawUpstream(t, () => answer('<ok/>', more));
  const { status, headers, text } = await (await startStack(t, { ews })).post(GET_FOLDER);
  t.equal(status, 200, text);
  for (const name of ['strict-transport-security', 'www-authenticate', 'alt-svc', 'x-private'])
    t.equal(headers[name], undefined, name);
  t.match([headers['set-cookie']].flat()[0], /^session=x\.[\w-]+; Path=\/$/);
});

t.test('an answer that is no HTTP, or splits itself, is a fault', async (t) => {
  for (const text of [
    '\u0016\u0003\u0001 not http',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n<ok/>',
    `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
  ]) {
    const ews = await rawUpstream(t, (_count, socket) => {
      setImmediate(() => socket.end());
      return text;
    });
    const { post, url } = await startStack(t, { ews });
    const first = await post(GET_FOLDER);
    t.equal(first.status, 500);
    t.match(first.text, /^<\?xml[^]*<s:Fault>/);
    t.equal((await send(url, null)).status, 401, 'the gateway lives');
  }
});

t.test('a wrong token never comes back to the client', async (t) => {
  const ews = await rawUpstream(
    t,
    () => 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="evil"\r\nContent-Length: 0\r\n\r\n',
  );
  const { status, headers } = await (await startStack(t, { ews })).post(GET_FOLDER);
  t.equal(status, 500);
  t.equal(headers['www-authenticate'], undefined, `${ALICE} is not asked for her password by somebody else`);
});

t.test('a page instead of an answer is a fault that says so', async (t) => {
  const page = '<html><form action="/login"></form></html>';
  const ews = await rawUpstream(t, () => answer(page).replace('text/xml', 'text/html; charset=utf-8'));
  const { status, text } = await (await startStack(t, { ews })).post(GET_FOLDER);
  t.equal(status, 500);
  t.match(text, /answers HTTP 200 without a SOAP message[^]*whether a proxy is in between/);
  t.notMatch(text, 'login');
});

t.test('a page instead of the WSDL is not kept for others', async (t) => {
  let count = 0;
  const ews = await startUpstream(t, (_request, response) => {
    const [type, body] = count++ === 0 ? ['text/html', '<html/>'] : ['text/xml', '<definitions/>'];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  const { origin } = await startStack(t, { ews });
  const wsdl = async (): Promise<string> =>
    (await send(`${origin}/ews/services.wsdl`, null, { authorization: basic(ALICE) })).text;
  await wsdl();
  t.equal(await wsdl(), '<definitions/>');
  await wsdl();
  t.equal(count, 2, 'that one is kept');
});
