import { askGateway } from './admin-client.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { DEFAULT_FILE } from './start.ts';
import { localTime } from './terminal.ts';

export const unlock: Command = {
  usage: [
    'Usage: ews-gateway unlock [--config FILE] [USERNAME | ADDRESS]',
    '',
    'Ends the lock of a user name or source address that failed to sign in too often.',
    'Without one, lists what is locked. The gateway must be running.',
  ].join('\n'),
  run: async (args, io) => {
    const { values, positionals } = readArguments(
      args,
      { config: { type: 'string', short: 'c', default: DEFAULT_FILE } },
      1,
    );
    const [nameOrAddress] = positionals;
    if (nameOrAddress === undefined) {
      const { locks } = (await askGateway(io, values.config, '/lockouts')).body as {
        locks: { kind: string; key: string; until: string }[];
      };
      const lines = locks.map(
        (lock) =>
          `${lock.key}  (${lock.kind === 'name' ? 'user name' : 'address'}) until ` +
          `${localTime(new Date(lock.until))}`,
      );
      io.stdout.write(`${lines.length === 0 ? 'Nothing is locked.' : lines.join('\n')}\n`);
      return 0;
    }
    const { wasLocked } = (await askGateway(io, values.config, '/lockouts/unlock', { nameOrAddress })).body as {
      wasLocked: boolean;
    };
    io.stdout.write(
      wasLocked
        ? `${nameOrAddress} is unlocked.\n`
        : `${nameOrAddress} was not locked. Its failures so far are forgotten.\n`,
    );
    return 0;
  },
};
