import t from 'tap';
import { shortBody } from '../../src/ews/body-forms.ts';

const body = (text: string): Parameters<typeof shortBody>[0] => ({ type: 'Text', text });

t.test('without a bound, or within it, a body stays as it is', async (t) => {
  for (const maximum of [undefined, 0, 5, 6, 15, 16]) t.strictSame(shortBody(body('a€b'), maximum), body('a€b'));
  t.strictSame(shortBody(body(''), 1), body(''));
});

t.test('a longer one is cut before the character that has no room', async (t) => {
  for (const [text, maximum, rest] of [
    ['a€b', 4, 'a€'],
    ['a€b', 3, 'a'],
    ['a€b', 2, 'a'],
    ['€b', 1, ''],
    ['é', 1, ''],
    ['a😀', 4, 'a'],
    ['abc', 1, 'a'],
  ] as const)
    t.strictSame(shortBody(body(text), maximum), { ...body(rest), isTruncated: true }, `${text}, ${maximum} bytes`);
});
