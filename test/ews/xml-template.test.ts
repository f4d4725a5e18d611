import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import t from 'tap';
import { dateTime, element, trustedMarkup, xml } from '../../src/ews/xml.ts';
import { Tokenizer } from '../../src/soap/tokenizer.ts';
import { ANY_TEXT } from '../support/any-text.ts';
import { runs } from '../support/effort.ts';

t.test('values are escaped as what they are', async (t) => {
  const name = 'a"b<c';
  t.equal(
    xml`<t:Value Name="${name}">${'x < y & "z"'}</t:Value>`.markup,
    '<t:Value Name="a&quot;b&lt;c">x &lt; y &amp; &quot;z&quot;</t:Value>',
  );
  t.equal(xml`<a b="${'\t\n\r'}">${'x\r\n'}</a>`.markup, '<a b="&#x9;&#xA;&#xD;">x&#xD;\n</a>');
  t.equal(xml`<a>${'\u0001\ufffe\ud800x'}</a>`.markup, '<a>\ufffd\ufffd\ufffdx</a>');
  t.equal(
    xml`<a b="${true}" c="${3_000_000_000}">${false}${-1.9}</a>`.markup,
    '<a b="true" c="2147483647">false-1</a>',
  );
  t.equal(xml`<a>${[xml`<b/>`, '<', [xml`<c/>`]]}${trustedMarkup('<d/>')}</a>`.markup, '<a><b/>&lt;<c/><d/></a>');
});

t.test('what is undefined leaves nothing behind', async (t) => {
  t.equal(xml`<a b="${undefined}" c="${1}" d="${undefined}"/>`.markup, '<a c="1"/>');
  t.equal(xml`<a>${undefined}</a>`.markup, '<a></a>');
});

t.test('text of blanks only is written as none', async (t) => {
  t.equal(xml`<t:Subject>${' \n'}</t:Subject>`.markup, '<t:Subject></t:Subject>');
  t.equal(element('Subject', ' ').markup, '<t:Subject/>');
  t.equal(element('Subject', ' x ').markup, '<t:Subject> x </t:Subject>', 'blanks around text stay');
});

t.test('a mistake in a template is an error of the program', async (t) => {
  t.throws(() => xml`<a b="x${1}"/>`, TypeError, 'a part of an attribute');
  t.throws(() => xml`<${'a'}/>`, TypeError, 'a name');
  t.throws(() => xml`<a b="${xml`<c/>`}"/>`, TypeError, 'markup in an attribute');
  t.throws(() => xml`<a>${Number.NaN}</a>`, RangeError);
});

t.test('dates have whole seconds and stay in the range that .NET knows', async (t) => {
  t.equal(dateTime(new Date('2026-01-02T03:04:05.999+02:00')), '2026-01-02T01:04:05Z');
  t.equal(dateTime(new Date(8.64e15)), '9999-12-31T23:59:59Z');
  t.equal(dateTime(new Date(-8.64e15)), '0001-01-01T00:00:00Z');
  t.throws(() => dateTime(new Date(Number.NaN)), RangeError);
});

t.test('any text comes back as it was, but for what XML forbids', async () => {
  fc.assert(
    fc.property(ANY_TEXT, ANY_TEXT, (text, value) => {
      // oxlint-disable-next-line no-control-regex -- the characters XML 1.0 forbids are the point
      const clean = (from: string): string => from.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
      const written = xml`<a b="${value}">|${text}</a>`.markup;
      let [readText, readValue] = ['', ''];
      const parser = new SaxesParser();
      parser.on('text', (piece) => (readText += piece));
      parser.on('opentag', ({ attributes }) => (readValue = String(attributes['b'])));
      parser.write(written).close();
      new Tokenizer(written, (piece) => piece).startTag();
      const expected = /[^ \t\r\n]/.test(text) ? clean(text) : '';
      return readText === `|${expected}` && readValue === clean(value);
    }),
    { numRuns: runs(2_000) },
  );
});
