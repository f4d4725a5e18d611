/**
 * Changes the program at one place at a time, and looks whether one of the nearest tests notices:
 * `npm run test:mutants -- --files 'src/callers/*.ts' [--seconds 600] [--seed 1]`. It prints who survived, and
 * the score of the sample that the seed picks.
 */
import { spawn } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse, type Node } from 'acorn';
import { full } from 'acorn-walk';
import { testEnvironment } from '../test/support/environment.ts';

const ROOT = join(import.meta.dirname, '..');
const DEFAULT_FILES = [
  'src/soap/*.ts',
  'src/callers/*.ts',
  'src/backends/*.ts',
  'src/backends/exchange/{retry-policy,cookies,exchange-fault}.ts',
];
/** Test files that a mutant has to pass, the nearest first: farther ones mostly load the file and use other parts. */
const MOST_TESTS = 25;
/** A mutant may take so many times as long as the program does; who takes longer has been noticed. */
const PATIENCE = 5;
/** Milliseconds that a process takes to load the program. */
const LOADING = 3_000;
const OPPOSITE: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
};

interface Mutant {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Every change that is known for a file of TypeScript. */
function mutantsOf(file: string): Mutant[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  // Types become blanks, so that positions stay those of the source.
  const tree = parse(stripTypeScriptTypes(source), { ecmaVersion: 'latest', sourceType: 'module' });
  const mutants: Mutant[] = [];
  const add = ({ start, end }: { readonly start: number; readonly end: number }, text: string): void =>
    void mutants.push({ file, start, end, text });
  full(tree, (node) => {
    const known = node as Node & Readonly<Record<string, unknown>>;
    if (node.type === 'BinaryExpression' || node.type === 'LogicalExpression') {
      const [left, right] = [known['left'] as Node, known['right'] as Node];
      const [operator, other] = [String(known['operator']), OPPOSITE[String(known['operator'])]];
      // A comment between the two may hold the same characters.
      const at = source.indexOf(operator, left.end);
      if (other !== undefined && at >= 0 && at < right.start) add({ start: at, end: at + operator.length }, other);
    } else if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') {
      const test = known['test'] as Node;
      add(test, `!(${source.slice(test.start, test.end)})`);
    } else if (node.type === 'Literal' && typeof known['value'] === 'number') {
      add(node, String(known['value'] + 1));
    } else if (node.type === 'Literal' && typeof known['value'] === 'boolean') {
      add(node, String(known['value'] === false));
    } else if (node.type === 'ExpressionStatement') {
      add(node, ';');
    } else if (node.type === 'ReturnStatement' && known['argument'] !== null) {
      add(node, 'return undefined as never;');
    }
  });
  return mutants;
}

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

/** Test files that reach a file by their imports: first those of its folder, then by the number of imports between. */
function testsOf(file: string, imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set([file]);
  for (const reached of found)
    for (const [importer, imported] of imports) if (imported.includes(reached)) found.add(importer);
  const mirrored = dirname(file).replace(/^src/, 'test');
  const tests = [...found].filter((name) => name.endsWith('.test.ts') && !name.endsWith('.long.test.ts'));
  return tests
    .toSorted((one, other) => Number(dirname(other) === mirrored) - Number(dirname(one) === mirrored))
    .slice(0, MOST_TESTS);
}

interface Run {
  readonly passed: boolean;
  /** Milliseconds that each file took that passed. */
  readonly times: ReadonlyMap<string, number>;
}

/** Runs test files in one process. @param bail up to the first failure @param limit in milliseconds */
async function run(folder: string, tests: readonly string[], bail: boolean, limit = 600_000): Promise<Run> {
  const child = spawn(process.execPath, ['test/support/several-files.ts', ...tests], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
    env: { ...process.env, ...testEnvironment(join(folder, 'compile-cache')), TAP_BAIL: bail ? '1' : '0' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), limit);
  const status = await new Promise<number | null>((done) => child.once('exit', done));
  clearTimeout(timer);
  const passed = [...output.matchAll(/^ok \d+ - (\S+) # time=([\d.]+)ms/gm)];
  return { passed: status === 0, times: new Map(passed.map(([, file = '', time]) => [file, Number(time)])) };
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
  .flatMap(mutantsOf)
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
/** Milliseconds that tests take without a change; undefined for those that fail, which proves nothing. */
const unchanged = new Map<string, number | undefined>();
let [tried, noticed] = [0, 0];
for (const { file, start, end: stop, text } of mutants) {
  if (performance.now() > end) break;
  const nearest = testsOf(file, imports);
  const unknown = nearest.filter((test) => !unchanged.has(test));
  if (unknown.length > 0) {
    const { times } = await run(folder, unknown, false);
    for (const test of unknown) {
      unchanged.set(test, times.get(test));
      if (!times.has(test)) process.stdout.write(`${test} fails without a change and is left out\n`);
    }
  }
  const tests = nearest.filter((test) => unchanged.get(test) !== undefined);
  const usual = tests.reduce((sum, test) => sum + (unchanged.get(test) ?? 0), LOADING);
  const source = readFileSync(join(ROOT, file), 'utf8');
  writeFileSync(join(folder, file), source.slice(0, start) + text + source.slice(stop));
  const { passed } = await run(folder, tests, true, PATIENCE * usual);
  writeFileSync(join(folder, file), source);
  tried++;
  if (!passed) {
    noticed++;
    continue;
  }
  const line = source.slice(0, start).split('\n').length;
  const was = source.slice(start, stop).split('\n', 1)[0]?.slice(0, 60);
  process.stdout.write(`${file}:${line}: ${was} → ${text.slice(0, 60)}\n`);
}
process.stdout.write(`${noticed} of ${tried} mutants were noticed; ${mutants.length} are known\n`);
