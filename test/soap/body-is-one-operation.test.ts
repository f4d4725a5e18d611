import fc from 'fast-check';
import t from 'tap';
import { GatewayError } from '../../src/errors.ts';
import { BodyScanner, type BodyVisitor } from '../../src/soap/body-scanner.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { envelope, getFolder, GET_FOLDER } from '../support/envelopes.ts';
import { runs } from '../support/effort.ts';

class Recorder implements BodyVisitor {
  readonly words = /Mailbox|EmailAddress|SubscriptionId/;
  readonly texts: ReadonlySet<string> = new Set(['EmailAddress', 'SubscriptionId']);
  readonly seen: string[] = [];

  element(localName: string): void {
    if (localName === 'Mailbox') this.seen.push('<Mailbox>');
  }

  text(path: readonly string[], text: string): void {
    this.seen.push(`${path.join('/')}=${text}`);
  }
}

/** What a scanner saw, or the code it refused with; `cuts` are where the body is split, none: whole. */
function scan(document: Buffer, cuts?: readonly number[]): string[] {
  const head = readEnvelopeHead(document, true);
  if (head === undefined) throw new Error('no head');
  const recorder = new Recorder();
  const scanner = new BodyScanner(head, recorder);
  const rest = document.subarray(head.endBytes);
  try {
    if (cuts === undefined) scanner.whole(rest);
    else {
      const places = [0, ...cuts.map((cut) => cut % (rest.length + 1)).toSorted((a, b) => a - b), rest.length];
      for (const [index, place] of places.entries())
        if (index > 0) scanner.push(rest.subarray(places[index - 1], place));
      scanner.end();
    }
    return recorder.seen;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [error.code];
  }
}

const both = (text: string): string[] => {
  const whole = scan(Buffer.from(text));
  t.same(
    scan(
      Buffer.from(text),
      [...text].map((_, index) => index),
    ),
    whole,
    'byte by byte the same',
  );
  for (const cuts of [undefined, [3, 10, 11, 57]]) {
    const utf16 = (): Buffer => Buffer.from(`\ufeff${text.replace(' encoding="utf-8"', '')}`, 'utf16le');
    t.same(scan(utf16(), cuts), whole, 'in UTF-16 the same');
    t.same(scan(utf16().swap16(), cuts), whole, 'in its other byte order too');
  }
  return whole;
};

t.test('one operation passes, however it is written', async (t) => {
  for (const text of [
    GET_FOLDER,
    envelope('<m:GetServerTimeZones/>'),
    envelope('<m:GetServerTimeZones  />').replace('</soap:Body>', '\r\n</soap:Body >\n').concat('\n<!-- end --><?pi?>'),
    envelope('<m:FindItem><m:FindItem></m:FindItem></m:FindItem>'),
    envelope(
      '<m:FindItem>a > b <!-- </m:FindItem><m:Other/> --><![CDATA[</m:FindItem>]]><x a="/>" b=\'>\'/></m:FindItem>',
    ),
  ]) {
    t.same(both(text), [], text.slice(text.indexOf('<soap:Body>'), 400));
  }
});

t.test('anything else that could be executed is refused', async (t) => {
  const second = '<m:DeleteItem><m:ItemIds/></m:DeleteItem>';
  for (const text of [
    envelope(`${getFolder()}${second}`),
    envelope(`<m:GetServerTimeZones/>${second}`),
    envelope(`<m:GetFolder></m:GetFolder>${second.replaceAll('DeleteItem', 'GetFolder')}`),
    GET_FOLDER.replace('</soap:Body>', `</soap:Body><soap:Body>${second}</soap:Body>`),
    GET_FOLDER.replace('</soap:Body>', '</soap:Body><soap:Header/>'),
    `${GET_FOLDER}<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>`,
    GET_FOLDER.replace('</soap:Body>', 'text</soap:Body>'),
    GET_FOLDER.replace('</soap:Body>', '<![CDATA[x]]></soap:Body>'),
    GET_FOLDER.replace('<m:FolderIds>', '<!DOCTYPE x><m:FolderIds>'),
    GET_FOLDER.replace('</soap:Envelope>', ''),
    GET_FOLDER.replace('</m:FolderIds>', '</m:FolderIds><!-- '),
    ...['<', '<!--', '<!-- x', '<?pi'].map((beginning) => `${GET_FOLDER}${beginning}`),
  ]) {
    t.same(both(text), ['ENVELOPE_MALFORMED'], text.slice(text.indexOf('<soap:Body>'), 400));
  }
});

t.test('what is not well-formed inside the operation may be left to Exchange, which refuses it', async (t) => {
  for (const text of [
    GET_FOLDER.replace('</m:FolderIds>', '</m:FolderId>'),
    envelope('<m:FindItem>a < b</m:FindItem>'),
    envelope(`<m:FindItem>${'<x>'.repeat(2_000)}${'</x>'.repeat(2_000)}</m:FindItem>`),
  ]) {
    t.same(scan(Buffer.from(text), [100, 200]), ['ENVELOPE_MALFORMED'], 'a close look sees it');
    t.same(scan(Buffer.from(text)), [], 'a glance does not');
  }
});

t.test('elements that decide are seen, whatever hides them', async (t) => {
  const folder = (inner: string): string =>
    envelope(
      `<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="inbox"><t:Mailbox>${inner}</t:Mailbox>` +
        `</t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`,
    );
  const path = 'GetFolder/FolderIds/DistinguishedFolderId/Mailbox/EmailAddress';
  for (const [inner, value] of [
    ['<t:EmailAddress>b@contoso.test</t:EmailAddress>', 'b@contoso.test'],
    ['<t:EmailAddress> b&#64;contoso.test\n</t:EmailAddress>', 'b@contoso.test'],
    ['<t:EmailAddress>b<!-- x -->@con<![CDATA[toso]]>.test</t:EmailAddress>', 'b@contoso.test'],
    ['<q:EmailAddress xmlns:q="urn:q">b@contoso.test</q:EmailAddress>', 'b@contoso.test'],
    ['<t:EmailAddress\n>b@m\u00fcnchen.test</t:EmailAddress>', 'b@m\u00fcnchen.test'],
    ['<t:EmailAddress/>', ''],
  ] as const) {
    t.same(both(folder(inner)), ['<Mailbox>', `${path}=${value}`], inner);
  }
  t.same(both(envelope('<m:Unsubscribe><m:SubscriptionId>abc</m:SubscriptionId></m:Unsubscribe>')), [
    'Unsubscribe/SubscriptionId=abc',
  ]);
  t.same(
    both(envelope('<m:Unsubscribe><a--><m:SubscriptionId>abc</m:SubscriptionId></a--></m:Unsubscribe>')),
    ['Unsubscribe/a--/SubscriptionId=abc'],
    'a name that is almost a comment',
  );
  t.same(
    both(folder(`<t:EmailAddress>${'x'.repeat(9_000)}</t:EmailAddress>`)),
    ['REQUEST_UNDECIDABLE'],
    'too long to check',
  );
});

t.test('where the body is split changes nothing', async (t) => {
  const piece = fc.constantFrom(
    '<t:Mailbox>',
    '</t:Mailbox>',
    '<t:EmailAddress>',
    '</t:EmailAddress>',
    'a@b.c',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?p ',
    '?>',
    '<x a=">" b=\'<\'/>',
    '</m:FindItem>',
    '<m:FindItem>',
    '</soap:Body>',
    '&amp;',
    ' ',
    '\u00e4',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 6 }), (pieces, cuts) => {
      const document = Buffer.from(envelope(`<m:FindItem>${pieces.join('')}</m:FindItem>`));
      t.same(scan(document, cuts), scan(document, []));
      const whole = scan(document);
      const close = scan(document, []);
      // A glance lets pass only what holds nothing to see, and what is not well-formed.
      return (
        JSON.stringify(whole) === JSON.stringify(close) || (whole.length === 0 && close[0] === 'ENVELOPE_MALFORMED')
      );
    }),
    { numRuns: runs(1_500) },
  );
});
