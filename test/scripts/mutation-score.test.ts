import t from 'tap';
import { scoreLines, type Tried } from '../../scripts/mutation-score.ts';

t.test('the score counts what tests noticed, by folder and for all', async (t) => {
  const tried: Tried[] = [
    { file: 'src/soap/fault.ts', outcome: 'killed' },
    { file: 'src/callers/access.ts', outcome: 'killed' },
    { file: 'src/callers/lockout.ts', outcome: 'timed out' },
    { file: 'src/callers/lockout.ts', outcome: 'survived' },
    { file: 'src/callers/lockout.ts', outcome: 'not covered' },
  ];
  t.strictSame(scoreLines(tried, 90), [
    'src/callers: 4 tried, 1 killed, 1 timed out, 1 survived, 1 not covered: 50.0 %',
    'src/soap: 1 tried, 1 killed, 0 timed out, 0 survived, 0 not covered: 100.0 %',
    'all (a sample of 90): 5 tried, 2 killed, 1 timed out, 1 survived, 1 not covered: 60.0 %',
  ]);
  t.strictSame(scoreLines([], 90), ['none of 90 mutants was tried']);
});
