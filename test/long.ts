/** Runs the tests that take long, which `npm test` leaves out: npm run test:long */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/tap/dist/esm/run.mjs'),
    'run',
    '--allow-incomplete-coverage',
    '--allow-empty-coverage',
    '--disable-coverage',
    // In place of the list in .taprc.
    '--exclude=test/clients/**',
    ...globSync('test/**/*.long.test.ts', { cwd: ROOT }),
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
