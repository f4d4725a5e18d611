import { gzipSync } from 'node:zlib';
import t from 'tap';
import { readEnvelopeHead } from '../../../src/soap/envelope-head.ts';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { ALICE, basic, startStack } from '../../support/stack.ts';
import { RawConnection, startUpstream } from '../../support/upstream.ts';

t.test('a compressed answer passes as it is', async (t) => {
  const compressed = gzipSync('<ok/>');
  const ews = await startUpstream(t, (request, response) => {
    request.resume();
    response.writeHead(200, {
      'content-type': 'text/xml',
      'content-encoding': 'gzip',
      'content-length': compressed.length,
    });
    response.end(compressed);
  });
  const { url } = await startStack(t, { ews });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'authorization': basic(ALICE), 'content-type': 'text/xml' },
    body: GET_FOLDER,
  });
  t.equal(response.headers.get('content-encoding'), 'gzip');
  t.equal(response.headers.get('content-length'), String(compressed.length));
  t.equal(await response.text(), '<ok/>', 'and can be read');
});

t.test('a compressed request is refused with the remedy', async (t) => {
  const { post } = await startStack(t);
  t.match(
    readFault(t, await post(gzipSync(GET_FOLDER), { 'content-encoding': 'gzip' }), 'ErrorInvalidRequest').text,
    /uncompressed/,
  );
});

t.test('chunks and Content-Length, split anywhere', async (t) => {
  const { origin, simulator } = await startStack(t);
  const client = await RawConnection.open(t, origin);
  const start =
    `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic(ALICE)}\r\n` +
    `Content-Type: text/xml\r\n`;
  for (const at of [1, 3, 40, 200, GET_FOLDER.indexOf('<soap:Header>') + 2, GET_FOLDER.length - 1]) {
    const parts = [GET_FOLDER.slice(0, at), GET_FOLDER.slice(at)];
    client.write(
      `${start}Transfer-Encoding: chunked\r\n\r\n` +
        `${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`,
    );
    t.match(await client.until(/<\/s:Envelope>/), /^HTTP\/1\.1 200 /, `chunks split at ${at}`);
    client.write(`${start}Content-Length: ${GET_FOLDER.length}\r\n\r\n${parts[0]}`);
    await new Promise((resolve) => setImmediate(resolve));
    client.write(parts[1] ?? '');
    t.match(await client.until(/<\/s:Envelope>/), /^HTTP\/1\.1 200 /, `length, split at ${at}`);
  }
  const [first, ...others] = simulator.exchange.requests.map(({ body }) => body.toString());
  t.equal(others.length, 11);
  t.ok(
    others.every((body) => body === first),
    'always the same arrives',
  );
  t.equal(readEnvelopeHead(Buffer.from(first ?? ''), true)?.impersonation?.value, ALICE);
});
