/** Runs one module of the suite in a process of its own, and says what became of each of its tests. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, GatewayUnderTest, Lane } from './backends.ts';

export interface TestResult {
  /** Module, class and method, below `tests`. */
  readonly test: string;
  readonly backend: Backend;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Tracebacks of what failed in it; why it skipped itself. */
  readonly why: readonly string[];
  /** What it asked for, sorted; what its set-up asked for too. */
  readonly operations: readonly string[];
  /** Those that EWS answered although the backend is Graph. */
  readonly answeredByEws: readonly string[];
}

/** A line of run_module.py. */
interface Line {
  readonly test: string;
  readonly outcome: 'started' | TestResult['outcome'];
  readonly why?: readonly string[];
  /** Seconds since 1970. */
  readonly at: number;
}

/** After this a module is ended; the test that it was in counts as failed. */
const MODULE_SECONDS = 300;

/** @param only what the names of the tests contain, '' for all */
export async function runModule(
  checkout: string,
  lane: Lane,
  gateway: GatewayUnderTest,
  only: string,
): Promise<readonly TestResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-peer-suite-'));
  try {
    // Python takes a module's path as it was found, so that the suite looks for its settings here.
    for (const name of ['exchangelib', 'tests']) symlinkSync(join(checkout, name), join(folder, name));
    // YAML reads JSON.
    writeFileSync(join(folder, 'settings.yml'), JSON.stringify(gateway.settings(lane)));
    const output = join(folder, 'results.jsonl');
    const errors = await runPython([folder, lane.module, output, only]);
    const lines = existsSync(output) ? readFileSync(output, 'utf8').split('\n').filter(Boolean) : undefined;
    if (lines === undefined) throw new Error(`${lane.module} did not run:\n${errors}`);
    return resultsOf(
      lines.map((line) => JSON.parse(line) as Line),
      lane,
      gateway,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns what it wrote to stderr */
async function runPython(args: readonly string[]): Promise<string> {
  const child = spawn('/usr/bin/python3', [join(import.meta.dirname, 'run_module.py'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', TZ: 'UTC' },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const limit = setTimeout(() => child.kill('SIGKILL'), MODULE_SECONDS * 1000);
  await new Promise((done) => child.once('close', done));
  clearTimeout(limit);
  return errors;
}

function resultsOf(lines: readonly Line[], lane: Lane, gateway: GatewayUnderTest): readonly TestResult[] {
  const requests = gateway.requestsOf(lane);
  return lines
    .filter(({ outcome }) => outcome === 'started')
    .map(({ test, at: begin }) => {
      const end = lines.find((line) => line.test === test && line.outcome !== 'started');
      const own = requests.filter(({ at }) => at >= begin && at <= (end?.at ?? Infinity));
      const named = (asked: typeof own): string[] =>
        [...new Set(asked.map(({ operation }) => operation))].filter((name) => name !== 'none').toSorted();
      return {
        test,
        backend: lane.backend,
        outcome: end === undefined || end.outcome === 'started' ? 'failed' : end.outcome,
        why: end?.why ?? [`no end within ${MODULE_SECONDS} s`],
        operations: named(own),
        answeredByEws: named(own.filter(({ answeredBy }) => answeredBy !== lane.backend)),
      };
    });
}
