/** Runs the tests of the command line against the program as it is published: npm run test:built */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const tests = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts')).map((name) => join('test/cli', name));
const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/tap/dist/esm/run.mjs'), 'run', '--allow-incomplete-coverage', '--allow-empty-coverage', '--disable-coverage', ...tests], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, EWS_GATEWAY_MAIN: join(ROOT, 'dist/main.js') },
});
process.exitCode = status ?? 1;
