/**
 * V8's code of a bundle: node code-cache.ts make|check BUNDLE CACHE
 *
 * `make` keeps what V8 has compiled once all that `start` needs is loaded. `check` fails where V8 would not take it: a
 * start would only be slower, so that nobody would notice.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { runBundle } from '../src/run-bundle.ts';

const [mode, bundle = '', cache = ''] = process.argv.splice(2, 3, 'start', '--help');
const source = readFileSync(bundle, 'latin1');
if (mode === 'make') {
  // Of the help that is printed.
  process.stdout.write = () => true;
  const script = runBundle(source, bundle, undefined);
  process.once('beforeExit', () => writeFileSync(cache, script.createCachedData()));
} else if (new Script(source, { filename: bundle, cachedData: readFileSync(cache) }).cachedDataRejected === true)
  throw new Error(`V8 refuses ${cache}`);
