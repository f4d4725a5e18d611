/** A line is at most 4 KB of valid JSON, whatever is in it. */
import t from 'tap';
import { boundedLine, MAX_LINE_BYTES } from '../../src/telemetry/bounded-line.ts';

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

t.test('a short line is as it was', async (t) => {
  const line = lineOf({ time: 'x', text: 'ä'.repeat(1_900) });
  t.ok(Buffer.byteLength(line) > 3_000 && Buffer.byteLength(line) <= MAX_LINE_BYTES);
  t.equal(boundedLine(line), line);
});

for (const [name, value] of Object.entries<object>({
  'one long text': { long: 'x'.repeat(1e6) },
  'characters of three bytes': { long: '€'.repeat(1_400) },
  'characters of four bytes': { long: '😀'.repeat(5_000) },
  'characters that JSON escapes': { long: '\u0000"\\'.repeat(5_000) },
  'many long texts': Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, 'x'.repeat(900)])),
  'a long list': { list: Array.from({ length: 5_000 }, (_, index) => `name-${index}-${'x'.repeat(150)}`) },
  'a list in a list': { list: Array.from({ length: 500 }, () => Array.from({ length: 500 }, () => 'x')) },
  'many fields': Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`${index}`.repeat(50), 1])),
  'an error': { err: { message: 'x'.repeat(9_000), stack: 'x'.repeat(9_000) } },
})) {
  t.test(name, async (t) => {
    const bounded = boundedLine(lineOf({ time: 'now', requestId: 'id', ...value, decision: 'refused' }));
    t.ok(Buffer.byteLength(bounded) <= MAX_LINE_BYTES, `${Buffer.byteLength(bounded)} bytes`);
    t.ok(bounded.endsWith('}\n') && bounded.indexOf('\n') === bounded.length - 1);
    t.match(JSON.parse(bounded), { time: 'now', requestId: 'id' });
    t.match(bounded, /…|"cut":true/, 'it shows that something is missing');
    t.ok(bounded.isWellFormed());
  });
}

t.test('what is short stays whole beside what is long', async (t) => {
  const bounded = boundedLine(
    lineOf({ caller: 'alice@contoso.test', blocks: ['a', 'b'], long: 'x'.repeat(10_000), n: 7 }),
  );
  t.match(JSON.parse(bounded), { caller: 'alice@contoso.test', blocks: ['a', 'b'], long: /^x{1000}…$/, n: 7 });
});
