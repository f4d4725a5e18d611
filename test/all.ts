/**
 * All tests but the long ones: npm test. To load the gateway takes longer than most tests take. So many files share
 * a process (support/several-files.ts), where tap would start one for each.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { testEnvironment } from './support/environment.ts';

const ROOT = join(import.meta.dirname, '..');
/**
 * The same number everywhere, so that the same files meet in a process. More than there are processors, for the times
 * when a test waits; fewer than there are files by far, as each loads the gateway.
 */
const PROCESSES = 6;
/** Milliseconds that one of them may take. */
const TIMEOUT = 1_500_000;

const files = globSync('test/**/*.test.ts', {
  cwd: ROOT,
  exclude: ['test/clients/**', 'test/**/*.long.test.ts'],
}).toSorted();

t.jobs = PROCESSES;
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
