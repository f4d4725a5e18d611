/**
 * Asking and telling on a terminal: colour and signs only where they can be shown, nothing secret on
 * the screen, and a word when something takes longer than a second.
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Level } from '../diagnosis/check-line.ts';
import type { CommandIo } from './command.ts';

const SIGNS = { ok: '✓', warn: '!', bad: '✗' } as const;
/** The old Windows console has fonts without these signs, and programs there misread them in a pipe. */
const PLAIN_SIGNS = { ok: '[ok]', warn: '[!]', bad: '[x]' } as const;
const COLOURS = { ok: '\u001b[32m', warn: '\u001b[33m', bad: '\u001b[31m' } as const;
const RESET = '\u001b[0m';
const PATIENCE = 1_000;

/** ✓, ! or ✗, as the standard output of this console can show it. */
export function sign(
  { environment, platform, isTerminal }: Pick<CommandIo, 'environment' | 'platform' | 'isTerminal'>,
  level: Level,
): string {
  const text = (platform === 'win32' && environment['WT_SESSION'] === undefined ? PLAIN_SIGNS : SIGNS)[level];
  const coloured = isTerminal.stdout && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  return coloured ? `${COLOURS[level]}${text}${RESET}` : text;
}

/** Says on standard error what is waited for, if it takes longer than a second. */
export async function withProgress<T>(
  { stderr, isTerminal, intervals }: Pick<CommandIo, 'stderr' | 'isTerminal' | 'intervals'>,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  let shown = false;
  const show = (): void => {
    const text = `${what} ...`;
    if (isTerminal.stderr) stderr.write(`\r${text} ${Math.round((Date.now() - startedAt) / 1000)} s`);
    else if (!shown) stderr.write(`${text}\n`);
    shown = true;
  };
  const timer = setInterval(show, intervals?.progress ?? PATIENCE);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (shown && isTerminal.stderr) stderr.write(`\r${' '.repeat(what.length + 12)}\r`);
  }
}

/** A day where this machine is: `2027-01-31`. */
export function localDay(date: Date): string {
  return [date.getFullYear(), ...[date.getMonth() + 1, date.getDate()].map(twoDigits)].join('-');
}

/** A time where this machine is, as the screens of all commands show it: `2027-01-31 14:05:09`. */
export function localTime(date: Date): string {
  return `${localDay(date)} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** Asks on the terminal; the prompt goes to standard error. Enter alone gives the default. */
export async function ask({ stdin, stderr }: CommandIo, prompt: string, fallback = ''): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr, terminal: true });
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      terminal.once('SIGINT', () => reject(new Error('\nStopped.')));
      terminal.question(fallback === '' ? `${prompt}: ` : `${prompt} [${fallback}]: `, resolve);
    });
    return answer.trim() === '' ? fallback : answer.trim();
  } finally {
    terminal.close();
  }
}

/** Asks without showing what is typed. */
export async function askHidden({ stdin, stderr }: CommandIo, prompt: string): Promise<string> {
  stderr.write(`${prompt}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: silent, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      terminal.once('SIGINT', () => reject(new Error('\nStopped.')));
      terminal.question('', resolve);
    });
  } finally {
    terminal.close();
    stderr.write('\n');
  }
}

/** The first line of what is piped in. */
export async function pipedLine({ stdin }: CommandIo): Promise<string> {
  const lines = createInterface({ input: stdin, crlfDelay: Infinity });
  for await (const line of lines) return line;
  return '';
}
