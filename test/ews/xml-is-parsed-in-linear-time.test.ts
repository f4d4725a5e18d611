/** Documents of hostile shapes are parsed, or refused, in time linear in their length. */
import t from 'tap';
import { parseXml } from '../../src/ews/parse-xml.ts';
import { sample, THOROUGH } from '../support/effort.ts';
import { growthOf } from '../support/growth.ts';

const envelope = (content: string): string => `<s:Envelope xmlns:s="urn:s">${content}</s:Envelope>`;
const filled = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length));
const numbered = (piece: (index: number) => string, length: number): string => {
  let text = '';
  for (let index = 0; text.length < length; index++) text += piece(index);
  return text;
};

const SHAPES: Readonly<Record<string, (length: number) => string>> = {
  'nothing but <': (length) => filled('<', length),
  'many < in text': (length) => envelope(filled('<', length)),
  '<a repeated': (length) => filled('<a', length),
  '<a repeated with blanks': (length) => envelope(filled('<a ', length)),
  'deep nesting': (length) => filled('<a>', length / 2) + filled('</a>', length / 2),
  'unclosed tags': (length) => envelope(filled('<a>', length)),
  'unclosed tags on lines of their own': (length) => envelope(filled('<a>\n', length)),
  'tags that do not match': (length) => envelope(filled('<a></b>', length)),
  'many elements deep within': (length) => envelope('<a>'.repeat(60) + filled('<b/>', length) + '</a>'.repeat(60)),
  'a path of long names': (length) => {
    const names = Array.from({ length: 40 }, (_, index) => `n${index}${'n'.repeat(length / 160)}`);
    const [open, close] = [names.map((name) => `<${name}>`), names.toReversed().map((name) => `</${name}>`)];
    return envelope(open.join('') + filled('<b/>', length / 2) + close.join(''));
  },
  'a long attribute list': (length) => envelope(`<a ${numbered((index) => ` a${index}=""`, length)}/>`),
  'quotes in the wrong places': (length) => `<a ${filled('a="b="', length)}>`,
  'a quote that does not end': (length) => `<a ${filled('a="" ', length)}">`,
  'attributes without values': (length) => envelope(`<a ${filled('a=', length)}/>`),
  'blanks in a tag': (length) => envelope(`<a b${filled(' ', length)}c/>`),
  'blanks before a value': (length) => envelope(`<a b=${filled(' ', length)}/>`),
  'quotes within quotes': (length) => envelope(`<a ${filled(`a="'" b='"' `, length)}/>`),
  'many namespaces, and many elements that declare one': (length) =>
    envelope(
      `<a ${numbered((index) => ` xmlns:p${index}="u"`, length / 2)}>` +
        `${filled('<b xmlns:q="x" q:c=""/>', length / 2)}</a>`,
    ),
  'many prefixes': (length) =>
    envelope(
      `<a ${numbered((index) => ` xmlns:p${index}="u"`, length / 2)}>` +
        `${numbered((index) => `<p${index % 100}:b/>`, length / 2)}</a>`,
    ),
  'many CDATA sections': (length) => envelope(filled('<![CDATA[x]]>', length)),
  'CDATA sections that do not end': (length) => envelope(filled('<![CDATA[', length)),
  'comments that do not end': (length) => envelope(filled('<!--', length)),
  'references': (length) => envelope(filled('&amp;', length)),
  'a reference that does not end': (length) => envelope(`&#${filled('1', length)}`),
  'unknown references': (length) => envelope(filled('&nothing;', length)),
  'instructions': (length) => filled('<?xml ?>', length),
  'a declaration of blanks': (length) => `<?xml ${filled(' ', length)}?>`,
  'many siblings of other names': (length) => envelope(numbered((index) => `<a${index}/>`, length)),
  'text and elements in turn': (length) => envelope(filled('<a>x</a>y', length)),
};

const LENGTH = THOROUGH ? 256 * 1024 : 128 * 1024;

for (const [name, shape] of sample(Object.entries(SHAPES))) {
  t.test(name, async (t) => {
    const { isLinear, figures } = await growthOf(shape, (text) => parseXml(text, Infinity), LENGTH);
    t.ok(isLinear, figures);
  });
}
