import { count } from '../quantity.ts';
import { check } from '../diagnosis/check.ts';
import type { CheckLine } from '../diagnosis/check-line.ts';
import { tryLoadConfig } from '../gateway/load-config.ts';
import { askGateway } from './admin-client.ts';
import { readOptions } from './arguments.ts';
import type { Command, CommandIo } from './command.ts';
import { asCalled } from './invocation.ts';
import { DEFAULT_FILE } from './start.ts';
import { sign, withProgress } from './terminal.ts';

export const checkCommand: Command = {
  usage: [
    'Usage: ews-gateway check [--caller NAME] [--config FILE] [--json]',
    '',
    'Looks at everything the gateway needs: the configuration and its files, free addresses, names, proxy,',
    'TLS and clock on the way to Entra and Exchange, a token and its permissions, whether Exchange lets the',
    "app in, each caller's Inbox, and what is about to expire. Says for each trouble what to do. Nothing is",
    'changed. With --caller only what this caller needs of Entra and Exchange.',
    'Exit status: 0 if it works (there may be warnings), 1 if not.',
  ].join('\n'),
  run: async (args, io) => {
    const {
      config: file,
      json,
      caller,
    } = readOptions(args, {
      config: { type: 'string', short: 'c', default: DEFAULT_FILE },
      json: { type: 'boolean', default: false },
      caller: { type: 'string' },
    });
    return runCheck(io, file, { json, caller });
  },
};

/** @returns the exit status */
export async function runCheck(
  io: CommandIo,
  file: string,
  { json = false, caller }: { readonly json?: boolean; readonly caller?: string | undefined } = {},
): Promise<number> {
  const lines = await check(io.path(file), {
    caller,
    load: (path) => tryLoadConfig(path, { environment: io.environment }),
    onLine: (line) => {
      if (!json) io.stdout.write(textOf(io, line));
    },
    withProgress: (what, work) => withProgress(io, what, work),
    isRunning: async (config) => {
      try {
        return (await askGateway(io, config, '/healthz')).status === 200;
      } catch {
        return false;
      }
    },
  });
  const of = (level: CheckLine['level']): number => lines.filter((line) => line.level === level).length;
  const [bad, warnings] = [of('bad'), of('warn')];
  if (json) io.stdout.write(`${JSON.stringify({ ok: bad === 0, lines }, null, 2)}\n`);
  else
    io.stdout.write(
      bad === 0
        ? `\n${sign(io, 'ok')} It works${warnings === 0 ? '' : `, with ${count(warnings, 'warning')}`}.\n`
        : `\n${sign(io, 'bad')} ${count(bad, 'problem')} to solve.\n`,
    );
  return bad === 0 ? 0 : 1;
}

function textOf(io: CommandIo, { registration, level, text, remedy }: CheckLine): string {
  const about = registration === undefined ? '' : `${registration}: `;
  return asCalled(io, [`${sign(io, level)} ${about}${text}`, ...remedy.map((line) => `    ${line}`), ''].join('\n'));
}
