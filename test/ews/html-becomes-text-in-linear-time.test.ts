/** Bodies of hostile shapes: twice the length takes at most 2.3 times the time. */
import t from 'tap';
import { htmlToText } from '../../src/ews/html-text.ts';
import { sample } from '../support/effort.ts';

const filled = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length));

const SHAPES: Readonly<Record<string, (length: number) => string>> = {
  'nothing but <': (length) => filled('<', length),
  'tags without an end': (length) => filled('<a', length),
  'tags without an end, and one >': (length) => `${filled('<a ', length)}>`,
  'quotes': (length) => `<a ${filled('"', length)}>`,
  'quotations that hold the ends of tags': (length) => `${filled('<a ">" ', length)}'`,
  'quotations without an end': (length) => filled(`<a ">" '`, length),
  'quotes of either kind': (length) => filled(`<a "' `, length),
  'blanks in a tag': (length) => `<a b${filled(' ', length)}c>`,
  'blanks before a value': (length) => `<a b=${filled(' ', length)}>`,
  'attributes': (length) => `<a ${filled('a=b ', length)}>`,
  'comments without an end': (length) => filled('<!--', length),
  'declarations': (length) => filled('<!', length),
  'scripts without an end': (length) => filled('<script>', length),
  'scripts': (length) => filled('<script></script>', length),
  'links': (length) => filled('<a href="https://x.test">', length),
  'ends of links': (length) => `<a href="https://x.test">${filled('x</a>', length)}`,
  'ends of what never began': (length) => filled('</pre></head>', length),
  'nesting': (length) => filled('<div>', length),
  'line breaks': (length) => filled('<br>', length) + 'x',
  'preformatted lines': (length) => `<pre>${filled('\n', length)}x`,
  'blanks': (length) => filled(' ', length),
  'blanks in turn with text': (length) => filled(' x', length),
  'references': (length) => filled('&amp;', length),
  'references without an end': (length) => filled('&amp', length),
};

const LENGTH = 128 * 1024;
const MOST = 2.3;

/** The shortest of some, in microseconds of this process: others may need the processor for a moment. */
function fastest(html: string): number {
  let best = Infinity;
  for (let run = 0; run < 3; run++) {
    const before = process.cpuUsage();
    htmlToText(html);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return best;
}

for (const [shape, make] of sample(Object.entries(SHAPES))) {
  const [half, whole] = [make(LENGTH / 2), make(LENGTH)];
  t.ok(htmlToText(whole).length <= whole.length * 2 + 40, `${shape}: the text is not longer than the HTML`);
  let ratio = Infinity;
  for (let tries = 0; ratio > MOST && tries < 5; tries++)
    // Below some milliseconds only the clock is measured.
    ratio = fastest(whole) / Math.max(fastest(half), 1_500);
  t.ok(ratio <= MOST, `${shape}: twice the length takes ${ratio.toFixed(2)} times as long`);
}
