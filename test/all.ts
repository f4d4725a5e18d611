/**
 * All tests but the long ones: npm test. To load the gateway takes longer than most tests take. So files of a
 * folder share a process (support/several-files.ts), where tap would start one for each.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

const ROOT = join(import.meta.dirname, '..');
/** Files that share a process: few enough that all processors are busy to the end. */
const TOGETHER = 10;
/** Milliseconds that a process may take. */
const TIMEOUT = 300_000;

const folders = Map.groupBy(
  globSync('*/**/*.test.ts', { cwd: import.meta.dirname, exclude: ['clients/**', '**/*.long.test.ts'] }).toSorted(),
  (file) => /^\w+/.exec(file)?.[0],
);
const groups = [...folders].flatMap(([folder, files]) => {
  const parts = Math.ceil(files.length / TOGETHER);
  return Array.from({ length: parts }, (_, part) => ({
    name: parts === 1 ? `test/${folder}` : `test/${folder}, part ${part + 1} of ${parts}`,
    files: files.filter((_file, index) => index % parts === part).map((file) => `test/${file.replaceAll('\\', '/')}`),
  }));
});

t.jobs = availableParallelism();
for (const { name, files } of groups.toSorted((one, other) => other.files.length - one.files.length))
  void t.spawn(process.execPath, [join(import.meta.dirname, 'support/several-files.ts'), ...files], {
    name,
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
  });
