import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { operationName } from '../../src/ews/operations.ts';
import { rewriteHead } from '../../src/soap/rewrite-head.ts';
import { impersonations } from '../support/conforming.ts';

const folder = join(import.meta.dirname, '../fixtures/captures');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.http'));
let requests = 0;
for (const name of files) {
  const raw = readFileSync(join(folder, name));
  const body = raw.subarray(raw.indexOf('\r\n\r\n') + 4);
  if (body.length === 0) continue;
  requests++;
  const head = readEnvelopeHead(body, true);
  t.ok(head !== undefined && operationName(head.operation) !== undefined, `${name}: the operation is known`);
  if (head === undefined) continue;
  const pieces = rewriteHead(body, head, { type: 'SmtpAddress', value: 'a@contoso.test' });
  const own = pieces.filter(
    (piece) =>
      piece.buffer === body.buffer &&
      piece.byteOffset >= body.byteOffset &&
      piece.byteOffset < body.byteOffset + body.length,
  );
  const removed = head.blocks.find((block) => block.localName === 'ExchangeImpersonation');
  const slash = head.header.kind === 'self-closed' ? 2 : 0;
  const expected = body.length - slash - (removed === undefined ? 0 : removed.end - removed.start);
  t.equal(
    own.reduce((sum, piece) => sum + piece.length, 0),
    expected,
    `${name}: every other byte is the client's`,
  );
  t.equal(impersonations(Buffer.concat(pieces)).length, 1, `${name}: one ExchangeImpersonation`);
}
t.ok(requests > 100, `${requests} requests of five clients`);
