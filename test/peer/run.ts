/**
 * Runs exchangelib's own tests against gateway and simulator: npm run test:peer -- DIR [--backend ews|graph]
 * [--only NAME]
 *
 * DIR is a checkout of exchangelib 4.9.0, which nothing is written to. Python needs what its tests need: Debian's
 * packages python3-exchangelib, python3-yaml, python3-psutil, python3-requests-mock and python3-dateutil.
 *
 * A whole run writes docs/peer-suite.md. Ends with 1 where a test that is listed as passing (expected.ts) fails.
 */
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startGatewayUnderTest, type Backend } from './backends.ts';
import { MODULES } from './expected.ts';
import { runModule, type TestResult } from './module-run.ts';
import { peerSuitePage, unexpected } from './page.ts';

const VERSION = '4.9.0';
const BACKENDS: readonly Backend[] = ['ews', 'graph'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { backend: { type: 'string' }, only: { type: 'string', default: '' } },
});
const checkout = resolve(positionals[0] ?? '');
const init = join(checkout, 'exchangelib/__init__.py');
if (!existsSync(init) || !readFileSync(init, 'utf8').includes(`__version__ = "${VERSION}"`))
  throw new Error(`${checkout} is no checkout of exchangelib ${VERSION}`);
const backends = BACKENDS.filter((backend) => backend === (values.backend ?? backend));
if (backends.length === 0) throw new Error('--backend is ews or graph');

const lanes = backends.flatMap((backend) => MODULES.map((module) => ({ module, backend })));
const gateway = await startGatewayUnderTest(lanes);
const results: TestResult[] = [];
for (const lane of lanes) {
  const tests = await runModule(checkout, lane, gateway, values.only);
  results.push(...tests);
  const failed = tests.filter(({ outcome }) => outcome === 'failed');
  for (const { why } of failed) process.stdout.write(why.join('\n').replaceAll(/^/gm, '    '));
  if (tests.length > 0)
    process.stdout.write(`${lane.backend} ${lane.module}: ${tests.length} tests, ${failed.length} failed\n`);
}
await gateway.close();

if (values.only === '' && backends.length === BACKENDS.length)
  writeFileSync(join(import.meta.dirname, '../../docs/peer-suite.md'), peerSuitePage(results));
const surprises = unexpected(results, values.only === '' ? backends : []);
for (const surprise of surprises) process.stdout.write(`${surprise}\n`);
process.exitCode = surprises.length === 0 && results.length > 0 ? 0 : 1;
