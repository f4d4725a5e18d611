#!/usr/bin/env -S node --max-semi-space-size=16
/**
 * Starts the program where this Node.js can run it, and says in one sentence where it cannot. Plain
 * JavaScript that imports nothing of the program, so that an older Node.js can read it too.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The first release with argon2 in node:crypto; it also runs TypeScript as it is. */
const NEEDED = [24, 7];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const source = new URL('./main.ts', import.meta.url);
const built = new URL('./main.js', import.meta.url);
const bundle = fileURLToPath(new URL('./bundle/main.js', import.meta.url));

if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]))
  refuse(`ews-gateway needs Node.js ${NEEDED.join('.')} or later, and this is ${process.versions.node}.`);
else if (existsSync(bundle) && process.argv[2] !== 'demo') void runBundle();
else if (!existsSync(source)) void import(built.href);
else if (process.features.typescript) void import(source.href);
else refuse('This Node.js does not run TypeScript: use one that does, or build the program with npm run build.');

/** The demo is not in it. */
async function runBundle() {
  const cache = fileURLToPath(new URL('./bundle/main.cache', import.meta.url));
  const program = await import('./run-bundle.js');
  program.runBundle(readFileSync(bundle, 'latin1'), bundle, existsSync(cache) ? readFileSync(cache) : undefined);
}

function refuse(/** @type {string} */ sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
