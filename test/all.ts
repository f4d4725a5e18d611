/**
 * All tests but the long ones: npm test. To load the gateway takes longer than most tests take. So many files share
 * a process (support/several-files.ts), where tap would start one for each.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { testEnvironment } from './support/environment.ts';

const ROOT = join(import.meta.dirname, '..');
/** The same number everywhere, so that the same files meet in a process. */
const PROCESSES = 12;
/** Milliseconds that one of them may take. */
const TIMEOUT = 600_000;

const files = globSync('test/**/*.test.ts', {
  cwd: ROOT,
  exclude: ['test/clients/**', 'test/**/*.long.test.ts'],
}).toSorted();

// More than there are processors, for the times when a test waits.
t.jobs = availableParallelism() + 2;
for (let part = 0; part < PROCESSES; part++)
  void t.spawn(
    process.execPath,
    [join(import.meta.dirname, 'support/several-files.ts'), ...files.filter((_, index) => index % PROCESSES === part)],
    {
      name: `part ${part + 1} of ${PROCESSES}`,
      cwd: ROOT,
      env: { ...process.env, ...testEnvironment(join(ROOT, 'node_modules/.cache/node')) },
      buffered: true,
      timeout: TIMEOUT,
    },
  );
