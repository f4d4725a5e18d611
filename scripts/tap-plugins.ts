/**
 * Builds tap with the plugins that .taprc names, before npm test and npm run test:one: a fresh installation has it with
 * the default ones, of which the one for TypeScript does not load here. tap notices that itself, but too late for the
 * first run.
 *
 * @see https://node-tap.org/plugins/
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const BUILT = join(ROOT, 'node_modules/@tapjs/test/test-built/dist/esm/index.js');

if (!existsSync(BUILT) || readFileSync(BUILT, 'utf8').includes('@tapjs/typescript')) {
  // By a shell: on Windows it is a .cmd file.
  const { status } = spawnSync('npx tap build', { cwd: ROOT, shell: true, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
