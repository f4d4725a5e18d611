import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { RecordedAnswer } from '../../../src/backends/shadow/recorded-answer.ts';

const LIMIT = 1_000;
const ANSWER = Buffer.alloc(LIMIT, 'ab');

/** What is recorded of an answer, and what the client had of it. */
async function record(
  t: Test,
  send: (response: ServerResponse) => void,
): Promise<{ recorded: Buffer | undefined; received: Buffer }> {
  let recorded: Buffer | undefined;
  const server = createServer((_request, response) => {
    const answer = new RecordedAnswer(response, LIMIT);
    response.on('finish', () => (recorded = answer.content()));
    send(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const response = await fetch(url, { headers: { connection: 'close' } });
  const received = Buffer.from(await response.arrayBuffer());
  return { recorded, received };
}

t.test('an answer is recorded as it goes to the client, whatever it is written with', async (t) => {
  const { recorded, received } = await record(t, (response) => {
    const piece = Buffer.from(ANSWER.subarray(0, 10));
    response.write(piece);
    // As a socket does with its buffers.
    setImmediate(() => {
      piece.fill(0);
      response.write(ANSWER.toString().slice(10, 20));
      response.write(ANSWER.subarray(20), () => response.end(() => undefined));
    });
  });
  t.ok(recorded?.equals(ANSWER));
  t.equal(received.length, ANSWER.length);
  const { recorded: atOnce } = await record(t, (response) => response.end(ANSWER));
  t.ok(atOnce?.equals(ANSWER));
});

t.test('one that is too large, as sent or as unpacked, is not, and the client has it whole', async (t) => {
  const larger = Buffer.concat([ANSWER, Buffer.from('x')]);
  const { recorded, received } = await record(t, (response) => {
    response.write(larger);
    response.end('x');
  });
  t.equal(recorded, undefined);
  t.equal(received.length, LIMIT + 2);
  const packed = await record(t, (response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync(larger));
  });
  t.equal(packed.recorded, undefined);
});

t.test('one that is packed is unpacked, if it is so as programs ask for', async (t) => {
  for (const [encoding, content, expected] of [
    ['gzip', gzipSync(ANSWER), ANSWER],
    ['x-other', gzipSync(ANSWER), undefined],
  ] as const) {
    const { recorded } = await record(t, (response) => {
      response.setHeader('content-encoding', encoding);
      response.end(content);
    });
    t.same(recorded, expected, encoding);
  }
});
