import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import t from 'tap';
import { GatewayError } from '../../src/errors.ts';
import { child, textAt, type EwsElement } from '../../src/ews/element.ts';
import { ElementTree } from '../../src/ews/element-tree.ts';
import { BodyReader } from '../../src/soap/body-reader.ts';
import { VisitorHandler } from '../../src/soap/body-scanner.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { EWS_TYPES, XML } from '../../src/soap/namespaces.ts';
import { FileSpool } from '../../src/state/spool.ts';
import { envelope } from '../support/envelopes.ts';
import { runs } from '../support/effort.ts';

interface Reading {
  readonly root: EwsElement;
  /** Texts as the rules of authorisation see them. */
  readonly seen: readonly string[];
  readonly spool: FileSpool;
  readonly tree: ElementTree;
}

const folder = t.testdir();

/** @param cuts where the body is split */
function read(document: Buffer, cuts: readonly number[] = [], watched: readonly string[] = []): Reading {
  const head = readEnvelopeHead(document, true);
  if (head === undefined) throw new Error('no head');
  const seen: string[] = [];
  const spool = new FileSpool(folder, 1_000_000);
  const tree = new ElementTree(head, spool);
  const visitor = new VisitorHandler(head, {
    words: /x/,
    texts: new Set(watched),
    element: () => undefined,
    text: (path, text) => seen.push(`${path.join('/')}=${text}`),
  });
  const reader = new BodyReader(head, [visitor, tree]);
  const rest = document.subarray(head.endBytes);
  const places = [0, ...cuts.map((cut) => cut % (rest.length + 1)).toSorted((a, b) => a - b), rest.length];
  try {
    for (const [index, place] of places.entries()) if (index > 0) reader.push(rest.subarray(places[index - 1], place));
    reader.end();
  } catch (error) {
    tree.dispose();
    if (spool.used > 0) throw new Error('a spool was left behind', { cause: error });
    throw error;
  }
  return { root: tree.root, seen, spool, tree };
}

/** All leaves' texts but those around them, in document order of their end tags. */
function leaves(element: EwsElement, watched: readonly string[], path: readonly string[] = []): string[] {
  const here = [...path, element.localName];
  if (element.children.length > 0) return element.children.flatMap((inner) => leaves(inner, watched, here));
  return watched.includes(element.localName) && path.length > 0 ? [`${here.join('/')}=${element.text.trim()}`] : [];
}

t.test('elements, attributes and text are what was written', async (t) => {
  const { root } = read(
    Buffer.from(
      envelope(
        '<m:FindItem Traversal="Shallow"><x:a xmlns:x="urn:x" x:b="1" c="&lt;&#10;"/>' +
          '<t:d> e<![CDATA[&amp;]]>&amp;<!-- f -->g ' +
          '</t:d><h xmlns="http://schemas.microsoft.com/exchange/services/2006/types"><i>\u00e4</i></h>' +
          '<j xml:lang="de"/></m:FindItem>',
      ),
    ),
    Array.from({ length: 400 }, (_, index) => index),
  );
  t.equal(root.attributes.get('Traversal'), 'Shallow');
  const [a, d] = root.children;
  t.same([a?.namespace, a?.localName, ...(a?.attributes ?? [])], ['urn:x', 'a', ['urn:x b', '1'], ['c', '<\n']]);
  t.equal(child(root, 'a'), undefined, 'other namespaces are not looked into');
  t.equal(d?.text, ' e&amp;&g ');
  t.equal(textAt(root, 'd'), 'e&amp;&g', 'trimmed');
  t.equal(child(root, 'h', 'i')?.namespace, EWS_TYPES, 'the default namespace');
  t.equal(textAt(root, 'h', 'i'), '\u00e4');
  const j = root.children.at(-1);
  t.equal(j?.namespace, '', 'no namespace where no default is declared');
  t.same([...(j?.attributes ?? [])], [[`${XML} lang`, 'de']], 'the one prefix that needs no declaration');
  t.throws(() => textAt(root, 'h'), { code: 'ENVELOPE_MALFORMED' }, 'elements in place of text');
});

t.test('what is no EWS or no XML is refused', async (t) => {
  for (const body of [
    '<t:a b="1" b="2"/>',
    '<t:a xmlns:q="u" xmlns:r="u" q:b="1" r:b="2"/>',
    '<q:a/>',
    '<t:a q:b="1"/>',
    '<t:a></t:b>',
    '<t:a>&unknown;<t:b/></t:a>',
    '<t:a><t:b/>\u0001</t:a>',
    '<t:a>&unknown;</t:a>',
    '<t:a>]]></t:a>',
    '<t:a>\u0001</t:a>',
    '<t:a><![CDATA[\u0001]]></t:a>',
    '<t:a b="&unknown;"/>',
    '<t:a b="<"/>',
    '<t:Content>!</t:Content>',
    '<t:Content>AAA</t:Content>',
    '<t:Content>AA==AA==</t:Content>',
    '<t:Content><t:a/></t:Content>',
    `<t:Content>${'A'.repeat(100_000)}!</t:Content>`,
  ])
    t.throws(
      () => read(Buffer.from(envelope(`<m:FindItem>${body}</m:FindItem>`))),
      { code: 'ENVELOPE_MALFORMED' },
      body.slice(0, 60),
    );
  t.throws(() => read(Buffer.from(envelope(`<m:FindItem>${'<t:a/>'.repeat(200_001)}</m:FindItem>`))), {
    code: 'REQUEST_TOO_LARGE',
  });
});

t.test('text beside elements is passed over', async (t) => {
  const { root } = read(Buffer.from(envelope('<m:GetMailTips>All<t:a>x<t:b/>y</t:a><t:c>z</t:c>\n</m:GetMailTips>')));
  t.equal(root.text, '');
  t.same([child(root, 'a')?.text, child(root, 'c')?.text], ['', 'z']);
});

t.test('small contents together are bounded too', async (t) => {
  const content = `<t:Content>${'A'.repeat(60_000)}</t:Content>`;
  const document = Buffer.from(envelope(`<m:FindItem>${content.repeat(400)}</m:FindItem>`));
  t.throws(() => read(document), { code: 'REQUEST_TOO_LARGE' });
});

t.test('content is decoded as it comes, large content into a spool', async (t) => {
  for (const [bytes, spooled] of [
    [0, 0],
    [5, 0],
    [48 * 1024, 0],
    [300_001, 300_001],
  ] as const) {
    const content = randomBytes(bytes);
    const text = content.toString('base64').replace(/.{76}/g, '$&&#xD;\n');
    const document = Buffer.from(envelope(`<m:FindItem><t:Content>${text}</t:Content></m:FindItem>`));
    for (const cuts of [[], Array.from({ length: 2_000 }, (_, index) => index * 211)]) {
      const { root, spool, tree } = read(document, cuts);
      const found = child(root, 'Content')?.content;
      t.equal(found?.size, bytes);
      t.equal(spool.used, spooled, 'bytes in the spool');
      const stream = found?.createReadStream();
      if (stream === undefined) continue;
      t.ok((await buffer(stream)).equals(content), 'the same bytes');
      if (!stream.closed) await once(stream, 'close');
      tree.dispose();
      t.equal(spool.used, 0);
    }
  }
});

t.test('what authorises and what executes see the same texts, however the body is split', async (t) => {
  const names = ['t:EmailAddress', 't:SubscriptionId', 'q:EmailAddress'];
  const piece = fc.constantFrom(
    'a@b.c',
    '&amp;',
    '&#64;',
    '<!-- x -->',
    '<![CDATA[<&]]>',
    '<![CDATA[]]>',
    '\u00e4',
    ' ',
    '<?p?>',
  );
  const leaf = fc
    .tuple(fc.constantFrom(...names), fc.array(piece, { maxLength: 5 }))
    .map(([name, pieces]) => `<${name}>${pieces.join('')}</${name}>`);
  const element = fc.oneof(
    leaf,
    fc.array(leaf, { minLength: 1, maxLength: 3 }).map((inner) => `<t:Mailbox>${inner.join('\n ')}</t:Mailbox>`),
  );
  const watched = ['EmailAddress', 'SubscriptionId'];
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.array(element, { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.boolean(),
      (elements, cuts, wide) => {
        const text = envelope(`<m:FindItem xmlns:q="urn:q">${elements.join('')}</m:FindItem>`);
        const document = wide
          ? Buffer.from(`\ufeff${text.replace(' encoding="utf-8"', '')}`, 'utf16le')
          : Buffer.from(text);
        try {
          const { root, seen } = read(document, cuts, watched);
          accepted++;
          return JSON.stringify(seen) === JSON.stringify(leaves(root, watched));
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          return false;
        }
      },
    ),
    { numRuns: runs(1_000) },
  );
  t.ok(accepted > 0.9 * runs(1_000));
});
