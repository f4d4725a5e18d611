/**
 * Walks through the README on a bare clone, as a new user would: every command in its `sh` blocks is
 * executed, in order, against a simulated Entra ID and Exchange Online: npm run test:readme
 *
 * (PowerShell for Exchange Online is the one thing nothing here can execute.) With --quick the tests are
 * left out, for working on this file.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLIENT, SECRET, startInternet, TENANT } from './internet.ts';

const ROOT = join(import.meta.dirname, '../..');
/** No command takes as long. */
const PATIENCE = 900_000;
const PASSWORD = 'old-program-password';

/** What is typed where a command asks. */
const ANSWERS: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  'npm run init': [
    [/Directory \(tenant\) ID of the app registration: /, TENANT],
    [/Application \(client\) ID: /, CLIENT],
    [/User name: /, 'invoices@contoso.com'],
    [/Another one: /, 'orders@contoso.com'],
    [/Another one: /, ''],
    [/1, 2, 3 or 4 \[1\]: /, '1'],
    [/Value \(not its ID; nothing is shown\): /, SECRET],
    [/or nothing: /, '2099-01-31'],
    [/sends for invoices@contoso\.com .*: /, PASSWORD],
    [/sends for orders@contoso\.com .*: /, ''],
    [/if it opens the mailbox\? yes or no .*: /, 'no'],
  ],
  'npm run test-mailbox -- invoices@contoso.com': [[/Password of invoices@contoso\.com: /, PASSWORD]],
};

/** Commands that stay: what they print once they are up, and what is tried then. */
const STAYING: Readonly<
  Record<string, { readonly ready: RegExp; readonly attempt: (output: string) => void; readonly keep: boolean }>
> = {
  'npm ci && npm run demo': { ready: /Ctrl\+C ends it/, attempt: tryCurlLine, keep: false },
  'npm start': { ready: /configuration in force/, attempt: () => undefined, keep: true },
};

const internet = await startInternet(['invoices@contoso.com', 'orders@contoso.com']);
const home = mkdtempSync(join(tmpdir(), 'ews-gateway-readme-'));
const clone = join(home, 'ews-gateway');
const environment = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' };
const running: {
  readonly command: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}[] = [];
let failed = false;
try {
  run('git', ['clone', '--quiet', ROOT, clone], home);
  assertScriptsExist();
  for (const command of commandsOf(readFileSync(join(clone, 'README.md'), 'utf8'))) {
    if (process.argv.includes('--quick') && command.endsWith('npm test')) continue;
    const startedAt = Date.now();
    process.stdout.write(`$ ${command}\n`);
    await execute(command);
    process.stdout.write(`  (${Math.round((Date.now() - startedAt) / 1000)} s)\n`);
  }
  for (const { command, child, ended, output } of running) {
    stop(child);
    await ended;
    if (!output().includes('"msg":"stopped"'))
      throw new Error(`"${command}" did not stop in order:\n${output().slice(-2_000)}`);
  }
  // What the walk did to Exchange, as Exchange saw it.
  const operations = new Set(internet.simulator.exchange.requests.map(({ operation }) => operation));
  for (const operation of ['GetFolder', 'FindItem'])
    if (!operations.has(operation)) throw new Error(`nobody asked Exchange for ${operation}`);
  process.stdout.write('README: every command works\n');
} catch (error) {
  failed = true;
  process.stdout.write(`README: FAILED: ${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  for (const { child } of running) stop(child);
  await internet.close();
  rmSync(home, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

function commandsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}

/** Also what the text mentions between backticks must be there. */
function assertScriptsExist(): void {
  const { scripts } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const file of ['README.md', 'docs/quick-start.md', 'docs/operating.md', 'docs/troubleshooting.md']) {
    const text = readFileSync(join(clone, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
      if (scripts[name] === undefined) throw new Error(`${file} mentions npm run ${name}, which there is not`);
    for (const [, link = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
      if (!existsSync(join(clone, file, '..', link))) throw new Error(`${file} links to ${link}, which there is not`);
  }
}

async function execute(command: string): Promise<void> {
  const staying = STAYING[command];
  const answers = [...(ANSWERS[command] ?? [])];
  const [program, args] =
    answers.length === 0
      ? ['bash', ['-c', command]]
      : ['script', ['--quiet', '--return', '--echo', 'never', '--command', command, '/dev/null']];
  // What installs needs the real Internet, or what stands in for it here.
  const env = command.startsWith('npm ci') ? environment : { ...environment, ...internet.environment };
  const child = spawn(program, args, { cwd: clone, env, stdio: 'pipe', detached: true });
  let output = '';
  let changed: () => void = () => undefined;
  let over = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      changed();
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (status) => {
      over = true;
      changed();
      resolve(status);
    });
  });
  const timer = setTimeout(() => {
    process.stdout.write(`"${command}" takes too long. So far:\n${output.slice(-4_000)}\n`);
    stop(child);
  }, PATIENCE).unref();
  const until = async (pattern: RegExp, from: number): Promise<void> => {
    while (!pattern.test(output.slice(from))) {
      if (over) throw new Error(`"${command}" ended before it said ${pattern}:\n${output}`);
      await new Promise<void>((resolve) => (changed = resolve));
    }
  };
  for (const [question, text] of answers) {
    await until(question, 0);
    output = '';
    child.stdin.write(`${text}\r`);
  }
  if (staying === undefined) {
    child.stdin.end();
    const status = await ended;
    clearTimeout(timer);
    if (status !== 0)
      throw new Error(`"${command}" ended with ${status}:\n${failedAssertions(output)}${output.slice(-4_000)}`);
    if (output.includes('PLANTED')) throw new Error(`"${command}" showed a secret`);
    return;
  }
  await until(staying.ready, 0);
  staying.attempt(output);
  clearTimeout(timer);
  if (staying.keep) running.push({ command, child, ended, output: () => output });
  else {
    stop(child);
    await ended;
  }
}

/** Of a command that runs tests: what failed, with what is said of it. */
function failedAssertions(output: string): string {
  return (output.match(/^ *not ok .*\n(?:.*\n){0,25}/gm) ?? []).slice(0, 4).join('');
}

/** The demo's ready-made line. */
function tryCurlLine(output: string): void {
  const line = /^ *(curl -u .*)$/m.exec(output)?.[1] ?? '';
  const answer = run('bash', ['-c', `${line} --silent --show-error`], clone);
  if (!answer.includes('ResponseClass="Success"')) throw new Error(`the demo's curl line gives: ${answer}`);
}

/** The whole group, as Ctrl+C does. */
function stop(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  } catch {
    // It has ended.
  }
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
