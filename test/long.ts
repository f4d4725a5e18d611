/**
 * Runs the tests that take long, which `npm test` leaves out, and thoroughly those of which it tries a sample:
 * npm run test:long
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const files = globSync('test/**/*.test.ts', { cwd: ROOT, exclude: ['test/clients/**'] }).filter(
  (file) => file.endsWith('.long.test.ts') || readFileSync(join(ROOT, file), 'utf8').includes('support/effort.ts'),
);
const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/tap/dist/esm/run.mjs'),
    'run',
    '--timeout=600',
    '--test-env=TEST_EFFORT=thorough',
    // In place of the list in .taprc.
    '--exclude=test/clients/**',
    ...files,
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
