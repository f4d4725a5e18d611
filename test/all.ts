/**
 * All tests but the long ones: npm test. To load the gateway takes longer than most tests take. So many files share
 * a process (support/several-files.ts), where tap would start one for each.
 */
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { testEnvironment } from './support/environment.ts';

const ROOT = join(import.meta.dirname, '..');
/**
 * More than there are processors, for the times when a test waits; fewer than there are files by far, as each loads the
 * gateway.
 */
const PROCESSES = 6;
/** Milliseconds that one of them may take. */
const TIMEOUT = 1_500_000;
/** Those that take longest come first, so that no process is left alone with one of them. */
const LONGEST = [
  'fleet/redis-goes-away',
  'fleet/slots-are-shared',
  'backends/switching/every-request',
  'backends/graph/flows-end-as-in-exchange',
  'backends/graph/sync-loses-nothing',
  'fleet/slots-of-the-dead',
  'backends/graph/capture-loop',
  'backends/switching/recorded-requests',
  'backends/switching/what-proves-a-block',
  'backends/graph/messages-are-made-once',
  'diagnosis/callers-are-checked',
  'tokens/one-sign-in-for-both',
  'tokens/delegated-sign-in',
  'cli/probe-graph',
  'cli/check',
  'admin/fleet-is-shown',
  'backends/graph/events-lose-nothing',
  'simulator/graph/throttling',
  'attacks/noise-without-a-password',
  'http/slow-clients-are-cut',
  'cli/demo',
  'fleet/uploads-are-shared',
  'attacks/exhaustion',
].map((name) => `test/${name}.test.ts`);

const missing = LONGEST.filter((file) => !existsSync(join(ROOT, file)));
if (missing.length > 0) throw new Error(`test/all.ts names files that are not there: ${missing.join(', ')}`);
const others = globSync('test/**/*.test.ts', { cwd: ROOT, exclude: ['test/clients/**', 'test/**/*.long.test.ts'] })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !LONGEST.includes(file));
/** Where the processes note which files are taken. */
const share = mkdtempSync(join(tmpdir(), 'ews-gateway-tests-'));
t.teardown(() => rmSync(share, { recursive: true }));

t.jobs = PROCESSES;
for (let part = 1; part <= PROCESSES; part++)
  void t.spawn(
    process.execPath,
    [join(import.meta.dirname, 'support/several-files.ts'), '--share', share, ...LONGEST, ...others.toSorted()],
    {
      name: `process ${part} of ${PROCESSES}`,
      cwd: ROOT,
      env: { ...process.env, ...testEnvironment(join(ROOT, 'node_modules/.cache/node')) },
      buffered: true,
      timeout: TIMEOUT,
    },
  );
