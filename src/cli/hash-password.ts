import { hashPassword } from '../callers/password-hash.ts';
import { readOptions } from './arguments.ts';
import type { Command } from './command.ts';
import { askHidden, canAsk, pipedLine } from './terminal.ts';

export const hashPasswordCommand: Command = {
  usage: [
    'Usage: ews-gateway hash-password',
    '',
    'Asks twice for a password (nothing is shown), or reads one line from a pipe, and prints',
    'the text for password.hash of a caller in the configuration.',
  ].join('\n'),
  run: async (args) => {
    readOptions(args, {});
    const password = canAsk() ? await askTwice() : await pipedLine();
    if (password === '') throw new Error('The password is empty.');
    process.stdout.write(`${await hashPassword(password)}\n`);
    return 0;
  },
};

async function askTwice(): Promise<string> {
  const password = await askHidden('Password');
  if ((await askHidden('Once more')) !== password) throw new Error('The two are not the same. Nothing was made.');
  return password;
}
