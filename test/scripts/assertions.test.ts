import t from 'tap';
import { emptyPatterns } from '../../scripts/assertions.ts';

t.test('a pattern that anything fits is found, however deep it stands', async (t) => {
  for (const [source, found] of [
    ['t.match(value, []);', [[1, '[]']]],
    ["\n\nt.match(value as A, { a: [{ b: {} }] }, 'why');", [[3, '{}']]],
    ['t.match(\n  value,\n  [1, new Date(5)],\n);', [[3, 'new Date(5)']]],
    ['t.notMatch(value, {});', [[1, '{}']]],
    ["t.same(value, []);\nt.match(value, { a: [1], b: /x/, c: new Error('x'), ...[] }); other.match(value, []);", []],
  ] as const)
    t.same(emptyPatterns(source), found, source);
});

t.test('these are what tap compares with nothing', async (tap) => {
  tap.match([1], []);
  tap.match({ a: 1 }, {});
  tap.match(new Date(5), new Date(6));
});
