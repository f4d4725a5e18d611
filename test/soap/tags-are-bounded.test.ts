import t from 'tap';
import { BodyReader } from '../../src/soap/body-reader.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { envelope } from '../support/envelopes.ts';

/** The longest tag that is read, in bytes. */
const LONGEST = 64 * 1024;
/** Envelope, Body and what stands in them. */
const DEEPEST = 1_000;

/** Reads a body behind its head, in pieces of this length. */
function read(content: string, pieceLength: number): void {
  const document = Buffer.from(envelope(content));
  const head = readEnvelopeHead(document, true);
  if (head === undefined) throw new Error('no head');
  const reader = new BodyReader(head, []);
  for (let from = head.endBytes; from < document.length; from += pieceLength)
    reader.push(document.subarray(from, from + pieceLength));
  reader.end();
}

t.test('a tag that is longer than any of EWS is refused, however it comes', async (t) => {
  const withTag = (length: number): string => {
    const [begin, end] = ['<x a="', '"/>'];
    return `<m:FindItem>${begin}${'>'.repeat(length - begin.length - end.length)}${end}</m:FindItem>`;
  };
  for (const pieceLength of [1_000, 50_000, 1_000_000]) {
    read(withTag(LONGEST), pieceLength);
    t.throws(() => read(withTag(LONGEST + 1), pieceLength), { code: 'ENVELOPE_MALFORMED', message: /a tag is longer/ });
  }
  // Each tag counts by itself.
  read(withTag(LONGEST).replace('</m:FindItem>', `<y b="${'z'.repeat(60_000)}"/></m:FindItem>`), 1_000);
});

t.test('elements that are nested deeper than any of EWS are refused', async (t) => {
  const nested = (depth: number): string =>
    `<m:FindItem>${'<x>'.repeat(depth - 3)}${'</x>'.repeat(depth - 3)}</m:FindItem>`;
  read(nested(DEEPEST), 1_000_000);
  t.throws(() => read(nested(DEEPEST + 1), 1_000_000), { code: 'ENVELOPE_MALFORMED', message: /nested deeper/ });
});
