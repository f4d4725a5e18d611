import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { graphCoverage } from '../../scripts/graph-coverage.ts';

t.test('docs/graph-coverage.md is made from the tables of the Graph backend', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/graph-coverage.md'), 'utf8');
  t.equal(page, graphCoverage(), 'if not: npm run graph-coverage');
});
