/**
 * Runs test files one after another in this process: `node test/support/several-files.ts FILE…`. What each imports
 * as `tap` is a test of its own, so that names, failures and teardowns belong to the file.
 */
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Test } from 'tap';

const running = globalThis as { runningFile?: Test };

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'tap' && context.parentURL?.endsWith('.test.ts') === true
      ? {
          url: `data:text/javascript,export default globalThis.runningFile // ${context.parentURL}`,
          shortCircuit: true,
        }
      : next(specifier, context),
});

// Removed, since tap names folders of fixtures after the arguments that it finds when it is loaded.
const files = process.argv.splice(2);
const { default: t } = await import('tap');
for (const file of files)
  await t.test(file, async (test) => {
    running.runningFile = test;
    await import(pathToFileURL(resolve(file)).href);
  });
