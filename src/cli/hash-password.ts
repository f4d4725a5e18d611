import { hashPassword, questionMarksForm } from '../callers/password-hash.ts';
import { readOptions } from './arguments.ts';
import type { Command, CommandIo } from './command.ts';
import { askHidden, pipedLine } from './terminal.ts';

/** What to know about such a password, before a client fails with it. */
export const BEYOND_ASCII =
  'The password has letters beyond ASCII. Some clients (Java programs on Apache HttpClient 4) send a ? for each of ' +
  'them,\nand are refused: the log then says question-marks. The second hash is for that only.';

export const hashPasswordCommand: Command = {
  usage: [
    'Usage: ews-gateway hash-password',
    '',
    'Asks twice for a password (nothing is shown), or reads one line from a pipe, and prints',
    'the text for password.hash of a caller in the configuration: an argon2id hash, and a second one',
    'where the password has letters beyond ASCII, by which the gateway sees that a client sends ? for them.',
  ].join('\n'),
  run: async (args, io) => {
    readOptions(args, {});
    const password = io.isTerminal.stdin ? await askTwice(io) : await pipedLine(io);
    if (password === '') throw new Error('The password is empty.');
    if (questionMarksForm(password) !== undefined) io.stderr.write(`${BEYOND_ASCII}\n`);
    io.stdout.write(`${await hashPassword(password, io.hashing?.cost)}\n`);
    return 0;
  },
};

async function askTwice(io: CommandIo): Promise<string> {
  const password = await askHidden(io, 'Password');
  if ((await askHidden(io, 'Once more')) !== password) throw new Error('The two are not the same. Nothing was made.');
  return password;
}
