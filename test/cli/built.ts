/** Runs the tests that spawn the program against the one that is published: npm run test:built */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const tests = globSync('test/**/*.test.ts', { cwd: ROOT }).filter((file) =>
  readFileSync(join(ROOT, file), 'utf8').includes('spawnCommand'),
);
if (tests.length === 0) throw new Error('no test spawns the program');
const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/tap/dist/esm/run.mjs'), 'run', ...tests], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, EWS_GATEWAY_MAIN: join(ROOT, 'dist/launch.js') },
});
process.exitCode = status ?? 1;
