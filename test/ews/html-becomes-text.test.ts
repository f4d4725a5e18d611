import t from 'tap';
import { htmlToText, textToHtml } from '../../src/ews/html-text.ts';

const CASES: readonly (readonly [what: string, html: string, text: string])[] = [
  ['nothing', '', ''],
  ['no text', '<html><body> <br> </body></html>', ''],
  ['a document', '<html><head><title>no</title></head><body><p>Hello</p></body></html>', 'Hello\r\n'],
  ['a head without its end tag', '<head><meta charset=utf-8><body>Hello', 'Hello\r\n'],
  ['white space', 'a\r\n  b\t c <b> d </b>e', 'a b c d e\r\n'],
  ['line breaks', 'a<br>b<BR/><br />c', 'a\r\nb\r\n\r\nc\r\n'],
  ['blocks', '<div>a</div><div>b<div>c</div></div>', 'a\r\nb\r\nc\r\n'],
  ['paragraphs', '<p>a</p><p>b</p>', 'a\r\n\r\nb\r\n'],
  ['an empty line of Outlook', '<div>a</div><div><br></div><div>b</div>', 'a\r\n\r\nb\r\n'],
  ['a list', '<ul><li>a</li><li>b</li></ul>', '* a\r\n* b\r\n'],
  ['a table', '<table><tr><td>a</td><td>b</td></tr><tr><th>c</th><th>d</th></tr></table>', 'a\tb\r\nc\td\r\n'],
  ['preformatted text', '<pre>a\n  b\n</pre>c', 'a\r\n  b\r\nc\r\n'],
  ['style and script', '<style>p{}</style>a<script>if (x<y) "</b>"</script>b', 'ab\r\n'],
  ['a script that does not end', 'a<script>b', 'a\r\n'],
  ['comments', 'a<!-- <p>x</p> -->b<!-- c', 'ab\r\n'],
  ['declarations', '<!DOCTYPE html><?xml x?>a', 'a\r\n'],
  ['references', '&lt;&amp;&#8364;&#x20ac;&euro;&Auml;&nbsp;&unknown;', '<&€€€Ä &unknown;\r\n'],
  ['a reference to no character', '&#0;&#xD800;', '\uFFFD\uFFFD\r\n'],
  ['a link', '<a href="https://x.test/?a=1&amp;b=2">shop</a>', 'shop<https://x.test/?a=1&b=2>\r\n'],
  ['a link that shows its address', '<a href="https://x.test">https://x.test</a>', 'https://x.test\r\n'],
  ['an address', "<a href='mailto:a@x.test'>a@x.test</a>", 'a@x.test\r\n'],
  ['a link that is none', '<a href="javascript:alert(1)">x</a><a name="y">z</a>', 'xz\r\n'],
  ['an inline image', 'a <img src="cid:i@x"> <img src="https://x.test/1.png" alt="chart">', 'a [cid:i@x] [chart]\r\n'],
  ['> in an attribute', '<a title="a > b" href="x">c</a>', 'c\r\n'],
  ['a tag that is none', 'a < b <3', 'a < b <3\r\n'],
  ['a tag that does not end', 'a <b', 'a\r\n'],
  ['a quotation that does not end', '<p title="x>a</p>b', 'a\r\n\r\nb\r\n'],
  ['a horizontal line', 'a<hr>b', `a\r\n${'_'.repeat(32)}\r\nb\r\n`],
];

for (const [what, html, text] of CASES) t.equal(htmlToText(html), text, what);

t.equal(textToHtml(''), '');
t.match(textToHtml('a < b & c\r\nd'), /a &lt; b &amp; c<br>\r\nd/);
t.equal(htmlToText(textToHtml('a <b>\r\nc')), 'a <b>\r\nc\r\n', 'what became HTML becomes the same text');
