import fc from 'fast-check';
import t from 'tap';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { bytesOf } from '../../src/soap/encoding.ts';
import { rewriteHead } from '../../src/soap/rewrite-head.ts';
import { impersonations } from '../support/conforming.ts';
import { runs } from '../support/effort.ts';

const SOAP = ['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'];
const TYPES = 'http://schemas.microsoft.com/exchange/services/2006/types';
const MESSAGES = 'http://schemas.microsoft.com/exchange/services/2006/messages';

const space = fc.constantFrom('', ' ', '\r\n  ', '\t');
const misc = fc
  .array(fc.constantFrom('<!-- <soap:Body> > -->', '<?pi <x> ?>', '\n', '  '), { maxLength: 3 })
  .map((parts) => parts.join(''));
const text = fc.constantFrom('plain', 'ümläut €', 'a &amp; b &#60;', '<![CDATA[<x>]]>', '');
const prefix = fc.constantFrom('soap', 's', 'SOAP-ENV', 'süß', '');
const block = fc.oneof(
  fc
    .constantFrom('Exchange2007_SP1', 'Exchange2010_SP2', 'Exchange2016')
    .map((version) => `<v:RequestServerVersion xmlns:v="${TYPES}" note="a > b" Version='${version}'/>`),
  text.map((content) => `<MailboxCulture xmlns="${TYPES}">${content}</MailboxCulture>`),
  text.map((content) => `<z:TimeZoneContext xmlns:z='${TYPES}'><z:A b='&gt;'>${content}</z:A></z:TimeZoneContext>`),
);

const document = fc
  .record({
    prefix,
    soap: fc.constantFrom(...SOAP),
    header: fc.constantFrom('missing', 'self-closed', 'open'),
    blocks: fc.array(fc.tuple(misc, block), { maxLength: 3 }),
    between: fc.tuple(misc, misc, misc, misc),
    gap: space,
    content: text,
    declaration: fc.boolean(),
  })
  .map(({ prefix, soap, header, blocks, between, gap, content, declaration }) => {
    const name = (local: string): string => (prefix === '' ? local : `${prefix}:${local}`);
    const declare = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
    const inner = blocks.map(([before, one]) => before + one).join('');
    const headerXml =
      header === 'missing'
        ? ''
        : header === 'self-closed'
          ? `<${name('Header')}${gap}/>`
          : `<${name('Header')}${gap}>${inner}</${name('Header')}${gap}>`;
    return {
      declaration,
      xml:
        `${between[0].trimStart()}<${name('Envelope')} ` +
        `${declare}="${soap}"${gap}>${between[1]}${headerXml}${between[2]}<${name('Body')}${gap}>` +
        `${between[3]}<FindItem xmlns="${MESSAGES}">${content}</FindItem></${name('Body')}></${name('Envelope')}>`,
    };
  });

const encodings = {
  'utf-8': (xml: string) => Buffer.from(xml),
  'utf-8 with mark': (xml: string) => Buffer.from(`\ufeff${xml}`),
  'utf-16le': (xml: string) => Buffer.from(`\ufeff${xml}`, 'utf16le'),
  'utf-16be': (xml: string) => Buffer.from(`\ufeff${xml}`, 'utf16le').swap16(),
};
const bytes = fc
  .tuple(document, fc.constantFrom(...(Object.keys(encodings) as (keyof typeof encodings)[])))
  .map(([{ xml, declaration }, encoding]) => {
    const name = encoding.slice(0, encoding.startsWith('utf-8') ? 5 : 6);
    return encodings[encoding]((declaration ? `<?xml version="1.0" encoding="${name}"?>` : '') + xml);
  });
// oxlint-disable-next-line no-control-regex -- what an address must not hold
const address = fc
  .tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.constantFrom('contoso.test', 'münchen.test'))
  // oxlint-disable-next-line no-control-regex -- what no address holds
  .map(([local, host]) => `${local.replace(/[\s\u0000-\u001f\ud800-\udfff\ufffe\uffff]/g, '_')}@${host}`);

t.test('removing what was inserted gives back the input', async (t) => {
  fc.assert(
    fc.property(bytes, address, (input, value) => {
      const head = readEnvelopeHead(input, true);
      if (head === undefined) throw new Error('no head');
      const pieces = rewriteHead(input, head, { type: 'SmtpAddress', value });
      const output = Buffer.concat(pieces);
      const kept = pieces.filter(
        (piece) =>
          piece.buffer === input.buffer &&
          piece.byteOffset >= input.byteOffset &&
          piece.byteOffset < input.byteOffset + input.length,
      );
      const restored =
        head.header.kind === 'self-closed'
          ? Buffer.concat([kept[0] ?? input, bytesOf('/>', head.encoding), ...kept.slice(1)])
          : Buffer.concat(kept);
      return restored.equals(input) && output.length > input.length;
    }),
    { numRuns: runs(400) },
  );
  t.pass('held for all generated envelopes');
});

t.test('a conforming parser sees exactly one ExchangeImpersonation, with the address', async (t) => {
  fc.assert(
    fc.property(bytes, address, (input, value) => {
      const head = readEnvelopeHead(input, true);
      if (head === undefined) throw new Error('no head');
      const first = Buffer.concat(rewriteHead(input, head, { type: 'SmtpAddress', value }));
      // What is rewritten can be rewritten again, for another mailbox.
      const again = readEnvelopeHead(first, true);
      if (again === undefined) throw new Error('no head in what was written');
      const second = Buffer.concat(rewriteHead(first, again, { type: 'PrimarySmtpAddress', value: 'b@contoso.test' }));
      const [seen] = impersonations(first);
      const [seenAgain, ...more] = impersonations(second);
      return (
        seen?.value === value &&
        again.impersonation?.value === value.trim() &&
        seenAgain?.value === 'b@contoso.test' &&
        more.length === 0
      );
    }),
    { numRuns: runs(400) },
  );
  t.pass('held for all generated envelopes');
});

t.test('where the input is split changes nothing', async (t) => {
  fc.assert(
    fc.property(bytes, fc.nat(), (input, seed) => {
      const whole = readEnvelopeHead(input, true);
      const cut = seed % (input.length + 1);
      const early = readEnvelopeHead(input.subarray(0, cut), false);
      return early === undefined || JSON.stringify(early) === JSON.stringify(whole);
    }),
    { numRuns: runs(2000) },
  );
  t.pass('held for all generated envelopes and cuts');
});
