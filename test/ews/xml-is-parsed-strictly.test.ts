import t, { type Test } from 'tap';
import { elementsIn, parseXml } from '../../src/ews/parse-xml.ts';

const refused = (t: Test, document: string): void => {
  t.throws(() => parseXml(document, 1_000), { name: 'UnreadableXml' }, document.slice(0, 60));
};

t.test('prefixes stand for the namespaces declared where they are used', async (t) => {
  const root = parseXml(
    '<a:x xmlns:a="urn:1"><a:y/><a:y xmlns:a="urn:2" xmlns="urn:3"><z a:n="1"/></a:y><z/></a:x>',
    1_000,
  );
  t.same(
    elementsIn(root)
      .map(({ namespace, localName }) => `${namespace} ${localName}`)
      .toArray(),
    ['urn:1 x', 'urn:1 y', 'urn:2 y', 'urn:3 z', ' z'],
  );
  refused(t, '<b:x/>');
});

t.test('values stay as they were written', async (t) => {
  const { attributes, text } = parseXml(
    '<x a="007" b="&#65;&amp;lt;"> 1e3<y>0x10</y><![CDATA[&amp;<]]>&#x263a; </x>',
    1_000,
  );
  t.same(
    [...attributes],
    [
      ['a', '007'],
      ['b', 'A&lt;'],
    ],
  );
  t.equal(text, ' 1e30x10&amp;<\u263a ');
});

t.test('no entities but the five, and no document type', async (t) => {
  t.equal(parseXml('<x>&quot;&apos;&lt;&gt;&eacute;&x;</x>', 1_000).text, '"\'<>&eacute;&x;');
  refused(t, '<!DOCTYPE x [<!ENTITY x "yyyy">]><x>&x;</x>');
  refused(t, '<!doctype x><x/>');
  refused(t, '<x><!DOCTYPE x></x>');
  refused(t, '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>');
});

t.test('what is not well-formed', async (t) => {
  for (const document of [
    '',
    'text',
    '<x>',
    '</x>',
    '<x></y>',
    '<x/><y/>',
    '<x></x>text',
    '<x y=z/>',
    '<x y="1" y="2"/>',
    '<x>&</x>',
    '<x><!-- </x>',
    '<x><![CDATA[</x>',
    '<x><?php "?>"; ?></x>',
    '<constructor/>',
    ' <?xml version="1.0"?><x/>',
  ])
    refused(t, document);
});

t.test('bounds of size and depth', async (t) => {
  t.ok(parseXml(`<x>${'y'.repeat(993)}</x>`, 1_000));
  refused(t, `<x>${'y'.repeat(994)}</x>`);
  refused(t, `<x>${'\u00e9'.repeat(500)}</x>`);
  const nested = (depth: number): string => '<x>'.repeat(depth) + '</x>'.repeat(depth);
  t.ok(parseXml(nested(64), 1_000));
  refused(t, nested(70));
});

t.test('encodings', async (t) => {
  const text = '<x>\u00e9</x>';
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    utf16,
    Buffer.from(utf16).swap16(),
    utf16.subarray(2),
  ])
    t.equal(parseXml(bytes, 1_000).text, '\u00e9');
  t.equal(parseXml(`\ufeff<?xml version='1.0' encoding='utf-8'?>\r\n${text}`, 1_000).text, '\u00e9');
});
