/**
 * Renews the pictures of the command line in docs/pictures, from real runs: npm run pictures
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { CLIENT, SECRET, startInternet, TENANT } from '../readme/internet.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const PICTURES = join(import.meta.dirname, '../../docs/pictures');
const PASSWORD = 'PLANTED-password';

const internet = await startInternet(['invoices@contoso.com', 'orders@contoso.com']);
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-'));
const executablePath =
  process.env['CHROMIUM'] ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
if (executablePath === undefined) throw new Error('No Chromium is installed here.');
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});

/** Runs a command on a terminal, answers what it asks, and returns all that was to be seen. */
async function transcript(
  args: readonly string[],
  answers: readonly (readonly [RegExp, string])[],
  until?: RegExp,
): Promise<{ readonly text: string; readonly stop: () => Promise<void> }> {
  const command = [process.execPath, MAIN, ...args].map((part) => `'${part}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--echo', 'never', '--command', command, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, ...internet.environment, TERM: 'xterm', COLUMNS: '110' },
    stdio: 'pipe',
  });
  let text = '';
  let seen = 0;
  let over = false;
  let changed: () => void = () => undefined;
  child.stdout.on('data', (chunk: Buffer) => ((text += chunk.toString()), changed()));
  const ended = new Promise<void>((resolve) => child.once('close', () => ((over = true), changed(), resolve())));
  for (const [question, answer] of answers) {
    while (!question.test(text.slice(seen)) && !over) await new Promise<void>((resolve) => (changed = resolve));
    seen = text.length;
    child.stdin.write(`${answer}\r`);
  }
  if (until === undefined) await ended;
  else while (!until.test(text) && !over) await new Promise<void>((resolve) => (changed = resolve));
  return { text, stop: async () => (child.kill('SIGTERM'), child.stdin.write('\u0003'), ended) };
}

async function picture(name: string, prompt: string, text: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 980, height: 20 }, deviceScaleFactor: 1.5 });
  await page.setContent(
    `<style>body{margin:0;background:#14171c;padding:14px 18px}pre{margin:0;color:#d8dde4;font:14px/1.5 ` +
      `"DejaVu Sans Mono",Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}` +
      `b{color:#8ab8ff;font-weight:400}.ok{color:#6fd39d}.warn{color:#f0c060}.bad{color:#ff9a90}</style>` +
      `<pre><b>$ ${prompt}</b>\n${toHtml(text)}</pre>`,
  );
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  await page.close();
}

const CLASSES: Readonly<Record<string, string>> = { 32: 'ok', 33: 'warn', 31: 'bad' };

function toHtml(text: string): string {
  const escape = String.fromCodePoint(27);
  return text
    .replaceAll(/\r+\n/g, '\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .split(escape)
    .map((piece, index) => {
      if (index === 0) return piece;
      const colour = /^\[(\d+)m/.exec(piece);
      // To the beginning of the line, which is then written again.
      if (piece.startsWith('[1G')) return `\r${piece.slice(3)}`;
      if (colour === null) return piece.replace(/^\[[\d;?]*[A-Za-z]/, '');
      const rest = piece.slice(colour[0].length);
      return colour[1] === '0' ? `</span>${rest}` : `<span class="${CLASSES[colour[1] ?? ''] ?? ''}">${rest}`;
    })
    .join('')
    .replaceAll(/[^\n]*\r/g, '')
    .trimEnd();
}

try {
  const init = await transcript(
    ['init', '--no-check'],
    [
      [/tenant\) ID.*: /, TENANT],
      [/Application \(client\) ID: /, CLIENT],
      [/User name: /, 'invoices@contoso.com'],
      [/Another one: /, ''],
      [/1, 2, 3 or 4/, '1'],
      [/nothing is shown\): /, SECRET],
      [/or nothing: /, '2027-11-24'],
      [/sends for invoices.*: /, PASSWORD],
    ],
  );
  await picture('init', 'ews-gateway init', init.text);
  const check = await transcript(['check'], []);
  await picture('check', 'ews-gateway check', check.text);
  const gateway = await transcript(['start'], [], /configuration in force/);
  const test = await transcript(['test', 'invoices@contoso.com'], [[/Password of .*: /, PASSWORD]]);
  await picture('test', 'ews-gateway test invoices@contoso.com', test.text);
  internet.simulator.exchange.settings.allowedAppIds = [];
  const failed = await transcript(['test', 'invoices@contoso.com', '--as-admin'], []);
  await picture('test-failed', 'ews-gateway test invoices@contoso.com --as-admin', failed.text);
  await gateway.stop();
} finally {
  await browser.close();
  await internet.close();
  rmSync(folder, { recursive: true });
}
