/**
 * Runs test files one after another in this process: `node test/support/several-files.ts FILE…`. What each imports
 * as `tap` is a test of its own, so that names, failures and teardowns belong to the file.
 */
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { takeCoverage } from 'node:v8';
import type { Test } from 'tap';

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
const { default: t } = await import('tap');
follower.deregister();
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => void (running.runningFile ?? t).threw(error));
for (const file of files) {
  await t.test(file, (test) => runFile(file, test));
  // For scripts/mutants.ts: a report of what this file alone ran.
  if (process.env['COVERAGE_OF_EACH'] !== undefined) takeCoverage();
}
