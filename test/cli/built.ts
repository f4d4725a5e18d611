/** Runs the tests of the command line against the program as it is published: npm run test:built */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
// Every test that runs a command.
const tests = globSync('test/**/*.test.ts', { cwd: ROOT }).filter((file) =>
  readFileSync(join(ROOT, file), 'utf8').includes('support/command.ts'),
);
const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/tap/dist/esm/run.mjs'),
    'run',
    '--allow-incomplete-coverage',
    '--allow-empty-coverage',
    '--disable-coverage',
    ...tests,
  ],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, EWS_GATEWAY_MAIN: join(ROOT, 'dist/main.js') },
  },
);
process.exitCode = status ?? 1;
