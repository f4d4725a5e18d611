import { hashPassword } from '../callers/password-hash.ts';
import { readOptions } from './arguments.ts';
import type { Command, CommandIo } from './command.ts';
import { askHidden, pipedLine } from './terminal.ts';

export const hashPasswordCommand: Command = {
  usage: [
    'Usage: ews-gateway hash-password',
    '',
    'Asks twice for a password (nothing is shown), or reads one line from a pipe, and prints',
    'the text for password.hash of a caller in the configuration.',
  ].join('\n'),
  run: async (args, io) => {
    readOptions(args, {});
    const password = io.isTerminal.stdin ? await askTwice(io) : await pipedLine(io);
    if (password === '') throw new Error('The password is empty.');
    io.stdout.write(`${await hashPassword(password, io.hashing?.cost)}\n`);
    return 0;
  },
};

async function askTwice(io: CommandIo): Promise<string> {
  const password = await askHidden(io, 'Password');
  if ((await askHidden(io, 'Once more')) !== password) throw new Error('The two are not the same. Nothing was made.');
  return password;
}
