/**
 * Changes the program at one place at a time, and looks whether a test notices that comes by there:
 * `npm run test:mutants -- --files 'src/callers/*.ts' [--seconds 600] [--seed 1]`. It prints who survived, and
 * the score of the sample that the seed picks. Where tests come by is kept until source or tests change.
 */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { testEnvironment } from '../test/support/environment.ts';
import { mutantsOf } from './mutations.ts';

const ROOT = join(import.meta.dirname, '..');
const DEFAULT_FILES = [
  'src/soap/*.ts',
  'src/callers/*.ts',
  'src/backends/*.ts',
  'src/backends/exchange/{retry-policy,cookies,exchange-fault}.ts',
];
/** Test files that are asked where they come by: those of the nearest folders. */
const MOST_ASKED = 60;
/** Test files that a mutant has to pass, the quickest of those that come by. */
const MOST_TESTS = 25;
/** A mutant may take so many times as long as the program does; who takes longer has been noticed. */
const PATIENCE = 5;
/** Milliseconds that a process takes to load the program. */
const LOADING = 3_000;
/** Where is kept what tests do without a change. */
const CACHE = join(ROOT, 'node_modules/.cache/ews-gateway/mutants.json');

/** For each file, what it imports of this project. */
function importsOf(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)].map(([, path]) =>
        relative(ROOT, resolve(ROOT, dirname(file), path ?? '')),
      ),
    ]),
  );
}

/** Test files that reach a file by their imports: of the nearest folders, then by the number of imports between. */
function testsOf(file: string, imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set([file]);
  for (const reached of found)
    for (const [importer, imported] of imports) if (imported.includes(reached)) found.add(importer);
  const folders = dirname(file).split('/').slice(1);
  const near = (test: string): number => {
    const far = folders.findIndex((folder, index) => test.split('/')[index + 1] !== folder);
    return far === -1 ? folders.length : far;
  };
  return [...found]
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.long.test.ts'))
    .toSorted((one, other) => near(other) - near(one))
    .slice(0, MOST_ASKED);
}

/** For each file of src/ how often its parts ran. */
type Ran = Readonly<Record<string, readonly (readonly [start: number, end: number, count: number])[]>>;

/** What a test file does without a change; undefined for those that fail, which proves nothing. */
type Unchanged =
  | {
      /** Milliseconds. */
      readonly time: number;
      readonly ran: Ran;
    }
  | undefined;

/** Whether a test comes by a place of a file. */
function comesBy(unchanged: Unchanged, file: string, place: number): boolean {
  const around = unchanged?.ran[file]?.filter(([start, end]) => start <= place && place < end) ?? [];
  const [innermost] = around.toSorted(([start, end], [other, otherEnd]) => end - start - (otherEnd - other));
  // What runs when the file is loaded runs but once for all tests.
  return innermost !== undefined && (innermost[2] > 0 || innermost[0] === 0);
}

interface Run {
  readonly pid: number;
  readonly passed: boolean;
  /** Milliseconds that each file took that passed. */
  readonly times: ReadonlyMap<string, number>;
}

interface RunOptions {
  /** Ends at the first failure. */
  readonly bail?: boolean;
  /** Milliseconds. */
  readonly limit?: number;
  /** A folder for a report of what each file ran. */
  readonly coverage?: string;
}

/** Runs test files in one process. */
async function run(folder: string, tests: readonly string[], options: RunOptions): Promise<Run> {
  const { bail = false, limit = 300_000, coverage } = options;
  const child = spawn(process.execPath, ['test/support/several-files.ts', ...tests], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
    env: {
      ...process.env,
      ...testEnvironment(join(folder, 'compile-cache')),
      ...(coverage === undefined
        ? {}
        : { NODE_V8_COVERAGE: coverage, NODE_DISABLE_COMPILE_CACHE: '1', COVERAGE_OF_EACH: '1' }),
      TAP_BAIL: bail ? '1' : '0',
      // After half a minute tap would fail what is only slow.
      TAP_TIMEOUT: '0',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), limit);
  const status = await new Promise<number | null>((done) => child.once('exit', done));
  clearTimeout(timer);
  const passed = [...output.matchAll(/^ok \d+ - (\S+) # time=([\d.]+)ms/gm)];
  return {
    pid: child.pid ?? 0,
    passed: status === 0,
    times: new Map(passed.map(([, file = '', time]) => [file, Number(time)])),
  };
}

/** A hash of the source and the tests: while it stays, so does what they do. */
function hashOfAll(): string {
  const hash = createHash('sha256');
  for (const name of globSync(['src/**/*.ts', 'test/**/*.ts'], { cwd: ROOT }).toSorted())
    hash.update(name).update(readFileSync(join(ROOT, name)));
  return hash.digest('hex');
}

interface Cached {
  readonly hash: string;
  readonly tests: readonly (readonly [test: string, unchanged: Unchanged])[];
}

/** What was found at an earlier run. */
function cached(hash: string): Map<string, Unchanged> {
  if (!existsSync(CACHE)) return new Map();
  const kept = JSON.parse(readFileSync(CACHE, 'utf8')) as Cached;
  return new Map(kept.hash === hash ? kept.tests : []);
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
    }[];
  }[];
}

/** Runs test files without a change. */
async function unchangedRun(folder: string, tests: readonly string[]): Promise<ReadonlyMap<string, Unchanged>> {
  const coverage = join(folder, 'coverage');
  const { pid, times } = await run(folder, tests, { coverage });
  const found = new Map<string, Unchanged>();
  // Named after process, time and thread.
  const reports = globSync(`coverage-${pid}-*-0.json`, { cwd: coverage }).toSorted();
  for (const [index, test] of tests.entries()) {
    const time = times.get(test);
    const report = reports[index];
    found.set(test, time === undefined || report === undefined ? undefined : { time, ran: ranIn(folder, report) });
  }
  rmSync(coverage, { recursive: true, force: true });
  return found;
}

/** What a report of V8 says of the source. */
function ranIn(folder: string, report: string): Ran {
  const { result } = JSON.parse(readFileSync(join(folder, 'coverage', report), 'utf8')) as Coverage;
  const own = `${pathToFileURL(folder).href}/`;
  return Object.fromEntries(
    result
      .filter(({ url }) => url.startsWith(`${own}src/`))
      .map(({ url, functions }) => [
        url.slice(own.length),
        functions
          .flatMap(({ ranges }) => ranges)
          .map(({ startOffset, endOffset, count }) => [startOffset, endOffset, count] as const),
      ]),
  );
}

/** A generator of numbers below one that a seed repeats. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const { values } = parseArgs({
  options: {
    files: { type: 'string', multiple: true, default: DEFAULT_FILES },
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
  },
});
const random = randomOf(Number(values.seed));
const mutants = globSync(values.files, { cwd: ROOT })
  .flatMap((file) => mutantsOf(file, readFileSync(join(ROOT, file), 'utf8')))
  .map((mutant) => ({ mutant, order: random() }))
  .toSorted((a, b) => a.order - b.order)
  .map(({ mutant }) => mutant);
const imports = importsOf(globSync(['src/**/*.ts', 'test/**/*.ts', 'scripts/*.ts'], { cwd: ROOT }));
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-mutants-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
for (const name of ['src', 'test', 'scripts', 'config', 'docs', 'package.json'])
  cpSync(join(ROOT, name), join(folder, name), { recursive: true });
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

const end = performance.now() + Number(values.seconds) * 1_000;
const hash = hashOfAll();
const unchanged = cached(hash);
let [tried, noticed] = [0, 0];
for (const { file, start, end: stop, text } of mutants) {
  const near = testsOf(file, imports);
  const unknown = near.filter((test) => !unchanged.has(test));
  for (let first = 0; first < unknown.length && performance.now() < end; first += 10) {
    for (const [test, known] of await unchangedRun(folder, unknown.slice(first, first + 10))) {
      unchanged.set(test, known);
      if (known === undefined) process.stdout.write(`${test} fails without a change and is left out\n`);
    }
    const tests = [...unchanged].filter(([, known]) => known !== undefined);
    mkdirSync(dirname(CACHE), { recursive: true });
    writeFileSync(CACHE, JSON.stringify({ hash, tests } satisfies Cached));
  }
  if (performance.now() > end) break;
  const time = (test: string): number => unchanged.get(test)?.time ?? 0;
  // A file without functions that run, such as a table, is in no report.
  const isReported = near.some((test) => unchanged.get(test)?.ran[file] !== undefined);
  const tests = near
    .filter((test) => (isReported ? comesBy(unchanged.get(test), file, start) : unchanged.get(test) !== undefined))
    .toSorted((one, other) => time(one) - time(other))
    .slice(0, MOST_TESTS);
  const usual = tests.reduce((sum, test) => sum + time(test), LOADING);
  const source = readFileSync(join(ROOT, file), 'utf8');
  writeFileSync(join(folder, file), source.slice(0, start) + text + source.slice(stop));
  const { passed } = await run(folder, tests, { bail: true, limit: PATIENCE * usual });
  writeFileSync(join(folder, file), source);
  tried++;
  if (!passed) {
    noticed++;
    continue;
  }
  const line = source.slice(0, start).split('\n').length;
  const was = source.slice(start, stop).split('\n', 1)[0]?.slice(0, 60);
  const missed = tests.length === 0 ? ' (no test comes by)' : '';
  process.stdout.write(`${file}:${line}: ${was} → ${text.slice(0, 60)}${missed}\n`);
}
process.stdout.write(`${noticed} of ${tried} mutants were noticed; ${mutants.length} are known\n`);
