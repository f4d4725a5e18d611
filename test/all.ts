/**
 * All tests but the long ones: npm test. To load the gateway takes longer than most tests take. So many files share
 * a process (support/several-files.ts), where tap would start one for each.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

const ROOT = join(import.meta.dirname, '..');
/** The same number everywhere, so that the same files meet in a process. */
const PROCESSES = 12;
/** Milliseconds that one of them may take. */
const TIMEOUT = 300_000;

const files = globSync('test/**/*.test.ts', {
  cwd: ROOT,
  exclude: ['test/clients/**', 'test/**/*.long.test.ts'],
}).toSorted();

// One more than there are processors, for the times when a test waits.
t.jobs = availableParallelism() + 1;
for (let part = 0; part < PROCESSES; part++)
  void t.spawn(
    process.execPath,
    [join(import.meta.dirname, 'support/several-files.ts'), ...files.filter((_, index) => index % PROCESSES === part)],
    {
      name: `part ${part + 1} of ${PROCESSES}`,
      cwd: ROOT,
      env: {
        ...process.env,
        // Not relative as in .taprc: tests start the program in other folders.
        NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node'),
        // No authorities but those of a test: each gateway would read hundreds of this machine's and of Node.js.
        NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --use-openssl-ca`,
        SSL_CERT_FILE: '',
        SSL_CERT_DIR: '',
        NODE_EXTRA_CA_CERTS: '',
      },
      buffered: true,
      timeout: TIMEOUT,
    },
  );
