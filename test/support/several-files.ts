/**
 * Runs test files one after another in this process: `node test/support/several-files.ts [--share FOLDER] FILE…`. What
 * each imports as `tap` is a test of its own, so that names, failures and teardowns belong to the file.
 *
 * With --share, several processes run the files of one list: each takes the next one when it has time for it.
 */
import { closeSync, openSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { takeCoverage } from 'node:v8';
import type { Test } from 'tap';
import { codeOf } from '../../src/errors.ts';

// tap turns them on in each process: they are read for every module of a library, which takes a second, and types that
// are stripped leave each line where it was.
process.setSourceMapsEnabled(false);

const running = globalThis as { runningFile?: Test };

/** Imports a file for which `tap` is this test. */
async function runFile(path: string, test: Test): Promise<void> {
  const { href } = pathToFileURL(resolve(path));
  running.runningFile = test;
  const hook = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier !== 'tap' || context.parentURL !== href) return next(specifier, context);
      // Else it would slow down every import that follows.
      hook.deregister();
      return { url: `data:text/javascript,export default globalThis.runningFile // ${href}`, shortCircuit: true };
    },
  });
  await import(href);
}

/** Whether no other process has taken a file of the list before. */
function isFree(folder: string, index: number): boolean {
  try {
    closeSync(openSync(join(folder, String(index)), 'wx'));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

// tap follows every promise to learn to which test an error belongs that nobody caught, which takes a tenth of the
// processor's time. Here it belongs to the file that runs.
const follower = registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'async-hook-domain'
      ? { url: 'data:text/javascript,export class Domain { destroy() {} }', shortCircuit: true }
      : next(specifier, context),
});

// Removed, since tap names folders of fixtures after the arguments that it finds when it is loaded.
const files = process.argv.splice(2);
const share = files[0] === '--share' ? files.splice(0, 2)[1] : undefined;
const { default: t } = await import('tap');
follower.deregister();
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => void (running.runningFile ?? t).threw(error));
for (const [index, file] of files.entries()) {
  if (share !== undefined && !isFree(share, index)) continue;
  await t.test(file, (test) => runFile(file, test));
  // For scripts/mutants.ts: a report of what this file alone ran.
  if (process.env['COVERAGE_OF_EACH'] !== undefined) takeCoverage();
}
