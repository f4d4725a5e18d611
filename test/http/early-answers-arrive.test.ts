/** An answer that comes before the whole request: the client that sends on all the same must get it. */
import { connect } from 'node:net';
import t from 'tap';
import { envelope } from '../support/envelopes.ts';
import { ALICE, basic, startStack } from '../support/stack.ts';

const SIZE = 3_000_000;
const PIECE = 64 * 1024;

/** Sends head and body piece by piece, and reads only then, as Mono does once it has waited for 100 Continue. */
async function sendAll(origin: string, head: string, body: Buffer): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.pause();
  let failure: Error | undefined;
  socket.on('error', (error) => (failure ??= error));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const write = (data: string | Buffer): Promise<void> => new Promise((resolve) => socket.write(data, () => resolve()));
  await write(head);
  // Within this time the answer comes, and without lingering the connection goes.
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (let start = 0; start < body.length && failure === undefined; start += PIECE)
    await write(body.subarray(start, start + PIECE));
  if (failure !== undefined) return failure.message;
  let received = '';
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1');
    if (/\r\n\r\n[^]*(?:\r\n|Envelope>)$/.test(received)) socket.end();
  });
  socket.resume();
  await closed;
  return received;
}

const start = (more: string): string =>
  `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/xml\r\n` +
  `Content-Length: ${SIZE}\r\n${more}\r\n`;

t.test('the challenge, with Expect: 100-continue and without', async (t) => {
  const { origin, log } = await startStack(t);
  const body = Buffer.alloc(SIZE, 'x');
  for (const more of ['Expect: 100-continue\r\n', '', 'Connection: close\r\n'])
    for (let count = 0; count < 10; count++)
      t.match(await sendAll(origin, start(more), body), /^HTTP\/1\.1 401 Unauthorized\r\n/, `${more.trim()} ${count}`);
  const traces = log().filter(({ msg }) => msg === 'no credentials yet: asked for them');
  t.equal(traces.length, 30, 'and each leaves a trace');
});

t.test('a fault', async (t) => {
  const { origin, simulator } = await startStack(t);
  const body = Buffer.alloc(SIZE, ' ');
  body.write(envelope('<m:SendItem>'));
  for (const more of ['Expect: 100-continue\r\n', '', 'Connection: close\r\n'])
    for (let count = 0; count < 10; count++)
      t.match(
        await sendAll(origin, start(`Authorization: ${basic(ALICE)}\r\n${more}`), body),
        /HTTP\/1\.1 500 [^]*ErrorAccessDenied[^]*<\/s:Envelope>/,
        `${more.trim()} ${count}`,
      );
  t.same(simulator.exchange.requests, []);
});
