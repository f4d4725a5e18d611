/**
 * Runs the program from its bundle, with what V8 kept of it when it was built (scripts/bundle.ts): then nothing has to
 * be parsed and compiled first. V8 itself refuses what another Node.js, or one with other options, has kept, and the
 * start takes a little longer.
 *
 * The bundle is here whole, so that nothing is loaded from the disk later on, when an upgrade may have replaced it.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { constants, Script } from 'node:vm';

/**
 * @param source a function that takes what a CommonJS module is given
 * @param filename absolute: what stack traces name; files of the program lie beside it
 * @param cachedData V8's code of it
 * @returns what a cache can be made of
 */
export function runBundle(source: string, filename: string, cachedData: Buffer | undefined): Script {
  const script = new Script(source, {
    filename,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  const program = script.runInThisContext() as (...given: unknown[]) => void;
  program(module.exports, createRequire(filename), module, filename, dirname(filename));
  return script;
}
