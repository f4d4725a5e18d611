import t, { type Test } from 'tap';
import { envelope, GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, startStack } from '../support/stack.ts';
import { eventually } from '../support/eventually.ts';
import { RawConnection, startUpstream } from '../support/upstream.ts';
import { connect } from 'node:net';

/** Each waits for seconds, at a gateway of its own. */
const AT_ONCE = { buffered: true };
t.jobs = 5;

const head = (length: number): string =>
  `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic(ALICE)}\r\nContent-Type: text/xml\r\n` +
  `Content-Length: ${length}\r\n\r\n`;
const limits = 'clientIdleSeconds: 1, shutdownSeconds: 1';

/** Exchange whose answers have no end. */
async function startEndless(t: Test): Promise<{ ews: string; isEnded: () => boolean }> {
  let ended = false;
  const ews = await startUpstream(t, (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/xml' });
    const piece = Buffer.alloc(1_000_000, 'x');
    const write = (): void => {
      while (response.write(piece));
    };
    response.on('drain', write);
    response.on('close', () => (ended = true));
    write();
  });
  return { ews, isEnded: () => ended };
}

t.test('an answer that nobody reads is given up, and what was sent is logged', AT_ONCE, async (t) => {
  const { ews, isEnded } = await startEndless(t);
  const { origin, log } = await startStack(t, { ews, limits, yaml: 'audit: { file: audit.log }' });
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(head(GET_FOLDER.length) + GET_FOLDER);
  await eventually(isEnded);
  const line = await eventually(() => log().find(({ outcome }) => outcome === 'CLIENT_TOO_SLOW'));
  t.match(line, { endedBy: 'gateway', status: 200, operation: 'GetFolder' });
  t.ok(Number(line['responseBytes']) > 100_000);
  socket.destroy();
});

t.test('a small answer that nobody reads too', AT_ONCE, async (t) => {
  // Larger than what the system's buffers take, and complete at once.
  const answer = Buffer.alloc(20_000_000, 'x');
  const ews = await startUpstream(t, (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': answer.length }).end(answer);
  });
  const { origin, log } = await startStack(t, { ews, limits });
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(head(GET_FOLDER.length) + GET_FOLDER);
  const line = await eventually(() => log().find(({ outcome }) => outcome === 'CLIENT_TOO_SLOW'));
  t.ok(Number(line['responseBytes']) < answer.length);
  socket.destroy();
});

t.test('a document that nobody reads holds no connection to Exchange', AT_ONCE, async (t) => {
  const { ews, isEnded } = await startEndless(t);
  const { origin, log } = await startStack(t, { ews, limits });
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  // What is conditional is not answered from what is kept.
  const conditions = `Host: gateway\r\nAuthorization: ${basic(ALICE)}\r\nIf-None-Match: "x"\r\n`;
  socket.write(`GET /ews/types.xsd HTTP/1.1\r\n${conditions}\r\n`);
  await eventually(isEnded);
  const line = await eventually(() => log().find(({ outcome }) => outcome === 'CLIENT_TOO_SLOW'));
  t.match(line, { endedBy: 'gateway', status: 200, operation: 'GET' });
  socket.destroy();
});

t.test('an upload that trickles is given up', AT_ONCE, async (t) => {
  let arrived = 0;
  let aborted = false;
  const ews = await startUpstream(t, (request) => {
    request.on('data', (data: Buffer) => (arrived += data.length));
    request.on('error', () => undefined);
    request.on('close', () => (aborted = true));
  });
  const { origin, log } = await startStack(t, { ews, limits, alice: '    operations: mail' });
  const client = await RawConnection.open(t, origin);
  client.write(head(10_000_000) + (envelope('<m:CreateItem>|').split('|')[0] ?? '') + 'x'.repeat(100_000));
  await eventually(() => arrived > 50_000);
  const trickle = setInterval(() => client.write('x'), 50);
  await client.closed();
  clearInterval(trickle);
  await eventually(() => aborted);
  t.match(await eventually(() => log().find(({ operation }) => operation === 'CreateItem')), {
    outcome: 'CLIENT_TOO_SLOW',
    endedBy: 'gateway',
    status: 0,
  });
});

t.test('a client that waits for Exchange, or Exchange for it, is not cut', AT_ONCE, async (t) => {
  const ews = await startUpstream(t, (request, response) => {
    const answer = (): void => void response.writeHead(200, { 'content-type': 'text/xml' }).end('<ok/>');
    // It reads nothing of the upload for longer than clientIdleSeconds.
    setTimeout(() => request.resume().on('end', answer), 2_500);
  });
  const { post } = await startStack(t, { ews, limits, alice: '    operations: mail' });
  t.equal((await post(GET_FOLDER)).status, 200);
  t.equal((await post(envelope(`<m:CreateItem>${' '.repeat(20_000_000)}</m:CreateItem>`))).status, 200);
});
