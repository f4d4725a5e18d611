/** Lines and positions are the same however a document is cut into pieces, and whatever it is counted by. */
import fc from 'fast-check';
import t from 'tap';
import { PlaceCounter } from '../../src/soap/document-place.ts';
import { runs } from '../support/effort.ts';

const LINE_END = /\r\n|\r|\n/;
const parts = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('\r', '\n', '\r\n', 'ä', '€', '😀', '<a/>') },
    fc.integer({ min: 250, max: 262 }).map((length) => 'QUJD'.repeat(90).slice(0, length)),
    fc.constant(`${'QUJD'.repeat(40)}\n`.repeat(3)),
    fc.constant(`${'QUJD'.repeat(40)}\r\n`.repeat(3)),
  ),
  { maxLength: 12 },
);

t.test('UTF-8, in pieces of any size', (t) => {
  fc.assert(
    fc.property(parts, fc.array(fc.nat(600), { maxLength: 8 }), (texts, sizes) => {
      const text = texts.join('');
      const bytes = Buffer.from(text);
      const counter = new PlaceCounter({ line: 1, position: 1 }, true);
      let from = 0;
      for (const to of [...sizes.map((size) => Math.min(size, bytes.length)).toSorted((a, b) => a - b), bytes.length]) {
        counter.count(bytes, from, to);
        from = to;
      }
      const lines = text.split(LINE_END);
      t.strictSame(counter.place, { line: lines.length, position: (lines.at(-1) ?? '').length + 1 });
    }),
    { numRuns: runs(2_000) },
  );
  t.end();
});

t.test('where each byte is a character', (t) => {
  const counter = new PlaceCounter({ line: 3, position: 7 }, false);
  counter.count(Buffer.from('ä'.repeat(200), 'latin1'));
  t.strictSame(counter.place, { line: 3, position: 207 });
  counter.count(Buffer.from('ä'.repeat(200)));
  t.strictSame(counter.place, { line: 3, position: 607 });
  t.end();
});
