import t from 'tap';
import { mutantsOf } from '../../scripts/mutations.ts';

t.test('mutants of constants and static fields run on load, those of functions and fields do not', async (t) => {
  const source = [
    'const A: number = 1;',
    'class B { #x = 2; static y = 3; z(): number { return 4; } }',
    'const f = (a: number) => a + 5;',
  ].join('\n');
  const found = mutantsOf('a.ts', source).map(({ text, runsOnLoad }) => [text, runsOnLoad]);
  t.same(found.toSorted(), [
    ['-', false],
    ['2', true],
    ['3', false],
    ['4', true],
    ['5', false],
    ['6', false],
    ['return undefined as never;', false],
  ]);
});
