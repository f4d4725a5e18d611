import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { hashPassword } from '../callers/password-hash.ts';
import { readOptions } from './arguments.ts';
import type { Command } from './command.ts';

export const hashPasswordCommand: Command = {
  usage: [
    'Usage: ews-gateway hash-password',
    '',
    'Asks twice for a password (nothing is shown), or reads one line from a pipe, and prints',
    'the text for password.hash of a caller in the configuration.',
  ].join('\n'),
  run: async (args) => {
    readOptions(args, {});
    const password = process.stdin.isTTY ? await askTwice() : await firstLine();
    if (password === '') throw new Error('The password is empty.');
    process.stdout.write(`${await hashPassword(password)}\n`);
    return 0;
  },
};

async function askTwice(): Promise<string> {
  const password = await askHidden('Password: ');
  if ((await askHidden('Once more: ')) !== password) throw new Error('The two are not the same. Nothing was made.');
  return password;
}

/** Asks on the terminal without showing what is typed; the prompt goes to standard error. */
function askHidden(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    terminal.once('SIGINT', () => reject(new Error('\nStopped.')));
    terminal.question('', resolve);
  })
    .then((answer) => String(answer))
    .finally(() => {
      terminal.close();
      process.stderr.write('\n');
    });
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  for await (const line of lines) return line;
  return '';
}
