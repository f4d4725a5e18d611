import t from 'tap';
import { plainText, unescapeXml } from '../../src/soap/references.ts';

/** The bounds of what XML 1.0 calls a character: https://www.w3.org/TR/xml/#charsets */
const CHARACTERS = [0x9, 0xa, 0xd, 0x20, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x10ffff];
const NONE = [0x0, 0x8, 0xb, 0xc, 0xe, 0x1f, 0xd800, 0xdfff, 0xfffe, 0xffff, 0x110000, 0xffffffff];

t.test('a reference names any character that XML allows', async (t) => {
  for (const code of CHARACTERS) {
    const character = String.fromCodePoint(code);
    t.equal(unescapeXml(`a&#${code};b&#x${code.toString(16)};`), `a${character}b${character}`, code.toString(16));
  }
  t.equal(unescapeXml('&lt;&gt;&amp;&quot;&apos;&amp;lt;'), `<>&"'&lt;`, 'what is resolved is not resolved again');
});

t.test('a reference to anything else is refused, or left in a text for people', async (t) => {
  for (const code of NONE)
    for (const reference of [`&#${code};`, `&#x${code.toString(16)};`]) {
      t.throws(() => unescapeXml(`a&lt;${reference}`), { code: 'ENVELOPE_MALFORMED' }, reference);
      t.equal(plainText(`a&lt;${reference}`), `a&lt;${reference}`);
    }
  t.equal(plainText('a&lt;&#10;'), 'a<\n');
});
