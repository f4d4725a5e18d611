/**
 * Changes the program at one place at a time, and looks whether a test notices that comes by there:
 * `npm run test:mutants -- --files 'src/callers/*.ts' [--seconds 600] [--seed 1]`. It prints each change that survives
 * as it is found, then the score of the sample that the seed picks. `--at src/callers/access.ts:12:7`, as it prints
 * them, tries the changes of one place again. Where a test comes by is kept until something changes that it imports.
 */
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
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { testEnvironment } from '../test/support/environment.ts';
import { scoreLines, type Tried } from './mutation-score.ts';
import { mutantsOf, type Mutant } from './mutations.ts';
import { runWithin } from './run-within.ts';
import { hashOf, importsOf, testsOf } from './tests-of-file.ts';

const ROOT = join(import.meta.dirname, '..');
const DEFAULT_FILES = [
  'src/soap/*.ts',
  'src/callers/*.ts',
  'src/backends/*.ts',
  'src/backends/exchange/{retry-policy,cookies,exchange-fault}.ts',
];
/** Test files that a mutant meets at a time, the nearest first: it meets further ones only if it passes these. */
const STAGE = 20;
/** A mutant may take so many times as long as the program does; who takes longer has been noticed. */
const PATIENCE = 5;
/** Milliseconds that a process takes to load the program. */
const LOADING = 3_000;
/** Where is kept what tests do without a change. */
const CACHE = join(ROOT, 'node_modules/.cache/ews-gateway/mutants.json');

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

/** Whether a test comes by a mutant. */
function comesBy(unchanged: Unchanged, { file, start: place, runsOnLoad }: Mutant): boolean {
  const ran = unchanged?.ran[file];
  // V8 tells of it but once for all tests of a process.
  if (ran === undefined || runsOnLoad) return ran !== undefined;
  const around = ran.filter(([start, end]) => start <= place && place < end);
  const [innermost] = around.toSorted(([start, end], [other, otherEnd]) => end - start - (otherEnd - other));
  return innermost !== undefined && innermost[2] > 0;
}

interface Run {
  readonly pid: number;
  readonly passed: boolean;
  readonly isTimedOut: boolean;
  /** Milliseconds that each file took that passed. */
  readonly times: ReadonlyMap<string, number>;
}

interface RunOptions {
  /** Ends at the first failure. */
  readonly bail?: boolean;
  /** Milliseconds of its own: see own-time.ts. */
  readonly limit?: number;
  /** A folder for a report of what each file ran. */
  readonly coverage?: string;
}

/** Runs test files in one process. @param ending aborts when the time of all is over */
async function run(tests: readonly string[], ending: AbortSignal, options: RunOptions): Promise<Run> {
  const { bail = false, limit = 600_000, coverage } = options;
  const { pid, status, output } = await runWithin(
    process.execPath,
    ['--import', './scripts/own-time.ts', 'test/support/several-files.ts', ...tests],
    {
      cwd: folder,
      signal: ending,
      env: {
        ...process.env,
        ...testEnvironment(join(folder, 'compile-cache')),
        ...(coverage === undefined
          ? {}
          : { NODE_V8_COVERAGE: coverage, NODE_DISABLE_COMPILE_CACHE: '1', COVERAGE_OF_EACH: '1' }),
        OWN_TIME_LIMIT: String(limit),
        TAP_BAIL: bail ? '1' : '0',
        // After half a minute tap would fail what is only slow.
        TAP_TIMEOUT: '0',
      },
    },
  );
  const passed = [...output.matchAll(/^ok \d+ - (\S+) # time=([\d.]+)ms/gm)];
  return {
    pid,
    passed: status === 0,
    isTimedOut: status === null,
    times: new Map(passed.map(([, file = '', time]) => [file, Number(time)])),
  };
}

type Cached = readonly (readonly [test: string, hash: string, unchanged: Unchanged])[];

/** What was found at an earlier run and still holds. */
function cached(hash: (test: string) => string): Map<string, Unchanged> {
  if (!existsSync(CACHE)) return new Map();
  const kept = JSON.parse(readFileSync(CACHE, 'utf8')) as Cached;
  return new Map(
    kept.filter(([test, was]) => was === hash(test)).map(([test, , unchanged]) => [test, unchanged] as const),
  );
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
    }[];
  }[];
}

/** Runs test files without a change. @returns nothing of those that had not run when the time of all was over */
async function unchangedRun(tests: readonly string[], ending: AbortSignal): Promise<ReadonlyMap<string, Unchanged>> {
  const coverage = join(folder, 'coverage');
  const { pid, times } = await run(tests, ending, { coverage });
  const found = new Map<string, Unchanged>();
  // Named after process, time and thread.
  const reports = globSync(`coverage-${pid}-*-0.json`, { cwd: coverage }).toSorted();
  for (const [index, test] of tests.entries()) {
    if (ending.aborted && !times.has(test)) break;
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

/** Where a mutant is, as an editor opens it. */
function placeOf({ file, start }: Mutant, source: string): string {
  const before = source.slice(0, start).split('\n');
  return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The first line of a text, or as much of it as a line of a report holds. */
function short(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 60) ?? '';
}

const { values } = parseArgs({
  options: {
    files: { type: 'string', multiple: true, default: DEFAULT_FILES },
    at: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-mutants-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const name of ['src', 'test', 'scripts', 'config', 'docs', 'package.json'])
  cpSync(join(ROOT, name), join(folder, name), { recursive: true });
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

const random = randomOf(Number(values.seed));
const chosen = values.at?.map((place) => place.split(':', 1)[0] ?? '') ?? values.files;
const mutants = globSync(chosen, { cwd: folder })
  .toSorted()
  .flatMap((file) => {
    const source = readFileSync(join(folder, file), 'utf8');
    return mutantsOf(file, source).map((mutant) => ({ ...mutant, source, place: placeOf(mutant, source) }));
  })
  .filter(({ place }) => values.at?.includes(place) ?? true)
  .map((mutant) => ({ mutant, order: random() }))
  .toSorted((a, b) => a.order - b.order)
  .map(({ mutant }) => mutant);
const imports = importsOf(globSync(['src/**/*.ts', 'test/**/*.ts', 'scripts/*.ts'], { cwd: folder }), folder);
const hashes = new Map<string, string>();
const hash = (test: string): string => {
  const known = hashes.get(test) ?? hashOf(folder, test, imports);
  hashes.set(test, known);
  return known;
};
const unchanged = cached(hash);
const time = (test: string): number => unchanged.get(test)?.time ?? 0;
const ending = AbortSignal.timeout(Number(values.seconds) * 1_000);

/** Learns what these tests do without a change, as far as time allows. */
async function learn(tests: readonly string[]): Promise<void> {
  const unknown = tests.filter((test) => !unchanged.has(test));
  for (let first = 0; first < unknown.length && !ending.aborted; first += 10) {
    for (const [test, known] of await unchangedRun(unknown.slice(first, first + 10), ending)) {
      unchanged.set(test, known);
      if (known === undefined) process.stdout.write(`${test} fails without a change and is left out\n`);
    }
    // With what another run has found since.
    const kept: Cached = [...new Map([...cached(hash), ...unchanged])]
      .filter(([, known]) => known !== undefined)
      .map(([test, known]) => [test, hash(test), known]);
    mkdirSync(dirname(CACHE), { recursive: true });
    writeFileSync(CACHE, JSON.stringify(kept));
  }
}

/** Of these tests the ones to ask of a mutant, the quickest first. */
function asked(mutant: Mutant, tests: readonly string[]): readonly string[] {
  // A file without functions that run, such as a table, is in no report.
  const isReported = [...unchanged.values()].some((known) => known?.ran[mutant.file] !== undefined);
  return tests
    .filter((test) => (isReported ? comesBy(unchanged.get(test), mutant) : unchanged.get(test) !== undefined))
    .toSorted((one, other) => time(one) - time(other));
}

/** What becomes of a mutant, and how many tests came by; undefined when time is over. */
async function tryOut(mutant: Mutant & { readonly source: string }): Promise<[Tried['outcome'], number] | undefined> {
  const { file, start, end: stop, text, source } = mutant;
  const near = testsOf(file, imports);
  let count = 0;
  for (let first = 0; first < near.length; first += STAGE) {
    const stage = near.slice(first, first + STAGE);
    await learn(stage);
    if (ending.aborted) return undefined;
    const tests = asked(mutant, stage);
    if (tests.length === 0) continue;
    count += tests.length;
    const limit = PATIENCE * tests.reduce((sum, test) => sum + time(test), LOADING);
    writeFileSync(join(folder, file), source.slice(0, start) + text + source.slice(stop));
    const { passed, isTimedOut } = await run(tests, ending, { bail: true, limit });
    writeFileSync(join(folder, file), source);
    if (ending.aborted) return undefined;
    if (!passed) return [isTimedOut ? 'timed out' : 'killed', count];
  }
  return [count === 0 ? 'not covered' : 'survived', count];
}

const tried: Tried[] = [];
process.once('exit', () => {
  for (const line of scoreLines(tried, mutants.length)) process.stdout.write(`${line}\n`);
});
for (const mutant of mutants) {
  const found = await tryOut(mutant);
  if (found === undefined) break;
  const [outcome, count] = found;
  const { file, start, end: stop, text, source, place } = mutant;
  tried.push({ file, outcome });
  if (outcome === 'killed' && values.at === undefined) continue;
  const by = outcome === 'not covered' ? '' : ` (tests that come by: ${count})`;
  process.stdout.write(`${place}: ${short(source.slice(start, stop))} → ${short(text)}: ${outcome}${by}\n`);
}
