import { request } from 'undici';
import { loadConfig } from '../config/load.ts';
import { readOptions } from './arguments.ts';
import { UsageError, type Command } from './command.ts';
import { DEFAULT_FILE } from './start.ts';

export const unlock: Command = {
  usage: [
    'Usage: ews-gateway unlock [--config FILE] [USERNAME | ADDRESS]',
    '',
    'Ends the lock of a user name or source address that failed to sign in too often.',
    'Without one, lists what is locked. The gateway must be running.',
  ].join('\n'),
  run: async (args) => {
    const subjects = args.filter((arg, index) => !arg.startsWith('-') && !/^(?:-c|--config)$/.test(args[index - 1] ?? ''));
    const { config: file } = readOptions(
      args.filter((arg) => !subjects.includes(arg)),
      { config: { type: 'string', short: 'c', default: DEFAULT_FILE } },
    );
    if (subjects.length > 1) throw new UsageError('One user name or address at a time.');
    const admin = new URL(loadConfig(file).admin.url).origin;
    const [subject] = subjects;
    if (subject === undefined) {
      const { locks } = (await ask(admin, '/lockouts')) as { locks: { kind: string; subject: string; until: string }[] };
      const lines = locks.map((lock) => `${lock.subject}  (${lock.kind === 'name' ? 'user name' : 'address'}) until ${lock.until}`);
      process.stdout.write(`${lines.length === 0 ? 'Nothing is locked.' : lines.join('\n')}\n`);
      return 0;
    }
    const { wasLocked } = (await ask(admin, '/lockouts/unlock', { subject })) as { wasLocked: boolean };
    process.stdout.write(wasLocked ? `${subject} is unlocked.\n` : `${subject} was not locked. Its failures so far are forgotten.\n`);
    return 0;
  },
};

async function ask(admin: string, path: string, body?: unknown): Promise<unknown> {
  try {
    const response = await request(`${admin}${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (response.statusCode !== 200) throw new Error(`${admin} answers ${response.statusCode}: ${await response.body.text()}`);
    return await response.body.json();
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new Error(`No gateway answers at ${admin} (${String(error.code)}). Is it running, with this configuration?`, { cause: error });
    throw error;
  }
}
