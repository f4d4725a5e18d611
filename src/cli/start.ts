import type { Logger } from 'pino';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { runCommands } from '../config/secret-command.ts';
import { Gateway } from '../http/gateway.ts';
import { createLogger } from '../logging/logger.ts';
import { readOptions } from './arguments.ts';
import type { Command } from './command.ts';
import { SourceWatch } from './source-watch.ts';

export const DEFAULT_FILE = 'config/gateway.yaml';

/** How often programs that print secrets are run again, in milliseconds. */
const COMMAND_INTERVAL = 3_600_000;

export const start: Command = {
  usage: [
    'Usage: ews-gateway start [--config FILE]',
    '',
    `Runs the gateway with the configuration FILE (default: ${DEFAULT_FILE}).`,
    'A change of FILE or of a file it names, and SIGHUP, put the new configuration in force;',
    'SIGTERM and SIGINT stop after the running requests, a second one at once.',
  ].join('\n'),
  run: async (args) => {
    const { config: file } = readOptions(args, { config: { type: 'string', short: 'c', default: DEFAULT_FILE } });
    let config = loadConfig(file);
    const log = createLogger(config.log);
    const gateway = new Gateway(config, log);
    await gateway.start();

    const reload = serialized(async (why: string) => {
      try {
        // Without waiting for them inside: requests go on meanwhile.
        const next = loadConfig(file, { commandResults: await runCommands(config.commands) });
        await gateway.reload(next);
        watch.replace(next.sources);
        config = next;
        log.info({ file, why }, 'configuration reloaded');
      } catch (error) {
        reportReloadFailure(log, file, error);
      }
    });
    const watch = new SourceWatch(config.sources, () => void reload('a file changed'));
    const hourly = setInterval(() => {
      if (config.commands.length > 0) void reload('secrets from commands are read again');
    }, COMMAND_INTERVAL);
    const onHangUp = (): void => void reload('SIGHUP');
    process.on('SIGHUP', onHangUp);

    const signal = await stopSignal();
    log.info({ signal, seconds: config.limits.shutdownSeconds }, 'stopping: running requests may end');
    process.once(signal, () => process.exit(1));
    watch.stop();
    clearInterval(hourly);
    process.off('SIGHUP', onHangUp);
    await gateway.close();
    log.info('stopped');
    await new Promise<void>((resolve) => log.flush(() => resolve()));
    return 0;
  },
};

function reportReloadFailure(log: Logger, file: string, error: unknown): void {
  const problems = error instanceof ConfigError ? error.problems : [error instanceof Error ? error.message : String(error)];
  log.error({ file, problems }, 'the new configuration is not usable; the old one stays in force');
}

/** Runs one at a time, in order. */
function serialized(task: (why: string) => Promise<void>): (why: string) => Promise<void> {
  let last = Promise.resolve();
  return (why) => (last = last.then(() => task(why)));
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
