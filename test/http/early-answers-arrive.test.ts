/** An answer that comes before the whole request: the client that sends on all the same must get it. */
import { connect } from 'node:net';
import t from 'tap';
import { envelope } from '../support/envelopes.ts';
import { ALICE, basic, startStack } from '../support/stack.ts';

const SIZE = 3_000_000;

/** Sends head and body at once, as a client does that waits for 100 Continue only for a moment. */
async function sendAll(origin: string, head: string, body: Buffer): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  let received = '';
  await new Promise<void>((resolve) => {
    // It reads only after it has sent all: a reset in between loses what came.
    socket.pause();
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.write(head);
    socket.write(body, () => socket.resume());
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
      if (/\r\n\r\n[^]*(?:\r\n|Envelope>)$/.test(received)) socket.end();
    });
  });
  return received;
}

const start = (more: string): string =>
  `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/xml\r\nContent-Length: ${SIZE}\r\n${more}\r\n`;

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
