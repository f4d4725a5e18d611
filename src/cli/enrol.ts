import { askGateway } from './admin-client.ts';
import { readArguments } from './arguments.ts';
import { UsageError, type Command } from './command.ts';
import { DEFAULT_FILE } from './start.ts';
import { localTime } from './terminal.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const LONGEST = 86_400;

export const enrol: Command = {
  usage: [
    'Usage: ews-gateway enrol USERNAME [--for 15m] [--replace] [--config FILE]',
    '',
    'For programs whose password nobody knows any more: within the given time the first password that',
    'comes for this caller, from one of its addresses, is enrolled (as a hash), and no other.',
    'With --replace that is the first one but the old, which no longer counts from then on.',
    'Let the program run once meanwhile. The gateway must be running, and the caller must be in its',
    'configuration, without a password or with --replace. Times are like 90s, 15m or 2h.',
  ].join('\n'),
  run: async (args, io) => {
    const options = {
      for: { type: 'string', default: '15m' },
      replace: { type: 'boolean', default: false },
      config: { type: 'string', short: 'c', default: DEFAULT_FILE },
    } as const;
    const { values, positionals } = readArguments(args, options, 1);
    const [username] = positionals;
    if (username === undefined) throw new UsageError(`Whose password?\n\n${enrol.usage}`);
    const seconds = secondsOf(values.for);
    const { status, body } = await askGateway(io, values.config, '/enrolments', {
      username,
      seconds,
      replace: values.replace,
    });
    if (status === 404)
      throw new Error(`There is no caller ${username} in ${values.config}. Add it there first, without a password.`);
    if (status === 409)
      throw new Error(
        `${username} has a password already. Use --replace to let the next one that comes take its place.`,
      );
    if (status !== 200) throw new Error(`The gateway answers ${status}: ${JSON.stringify(body)}`);
    io.stdout.write(
      `Until ${localTime(new Date((body as { until: string }).until))} the first password that comes for ` +
        `${username} is enrolled. ` +
        'Let the program run now.\n',
    );
    return 0;
  },
};

function secondsOf(text: string): number {
  const [, count = '', unit = 'm'] = /^(\d{1,5})([smh])?$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (!(seconds >= 1 && seconds <= LONGEST))
    throw new UsageError(`--for ${text}: a time like 90s, 15m or 2h, at most 24h`);
  return seconds;
}
