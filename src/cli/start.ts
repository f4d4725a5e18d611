import type { Logger } from 'pino';
import { renewIfDue } from '../certificates/local-authority.ts';
import { errorText } from '../errors.ts';
import { keepCompiledCode } from '../gateway/compiled-code.ts';
import { loadConfig } from '../gateway/load-config.ts';
import { ConfigError } from '../config/problems.ts';
import { runCommands } from '../config/secret-command.ts';
import type { Config } from '../config/types.ts';
import { Gateway } from '../gateway/gateway.ts';
import { createLogger, standardOutput } from '../telemetry/logger.ts';
import { readOptions } from './arguments.ts';
import type { Command, CommandIo, Signal } from './command.ts';
import { ConfigFilesWatcher } from './config-files-watcher.ts';
import { ServiceManager } from './service-manager.ts';

export const DEFAULT_FILE = 'config/gateway.yaml';

/** How often programs that print secrets are run again, and certificates looked at, in milliseconds. */
const ROUTINE_INTERVAL = 3_600_000;

/** How long the last lines of the log may take, in milliseconds. */
const LOG_CLOSING_TIME = 1_000;
const STOP_SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGINT'];

export const start: Command = {
  usage: [
    'Usage: ews-gateway start [--config FILE]',
    '',
    `Runs the gateway with the configuration FILE (default: ${DEFAULT_FILE}).`,
    'A change of FILE or of a file it names, and SIGHUP, put the new configuration in force;',
    'SIGTERM and SIGINT stop after the running requests, a second one at once.',
  ].join('\n'),
  run: async (args, io) => {
    const options = readOptions(args, { config: { type: 'string', short: 'c', default: DEFAULT_FILE } });
    const file = io.path(options.config);
    const { environment } = io;
    let config = loadConfig(file, { environment });
    const output = io.log === undefined ? standardOutput(config.log) : undefined;
    const log = createLogger(config.log, io.log ?? output);
    if (renewCertificates(config, log)) config = loadConfig(file, { environment });
    const gateway = new Gateway(config, log, {
      output,
      hashing: io.hashing,
      onReload: (from) => void reload(`gateway ${from} was told to reload`),
    });
    await gateway.start();
    const stopKeeping = keepCompiledCode();
    const manager = new ServiceManager(environment, log);
    manager.ready();

    const reload = serialized(async (why: string) => {
      try {
        // Without waiting for them inside: requests go on meanwhile.
        const commandResults = await runCommands(config.commands);
        let next = loadConfig(file, { environment, commandResults });
        if (renewCertificates(next, log)) next = loadConfig(file, { environment, commandResults });
        await gateway.reload(next);
        watcher.replace(next.filesRead);
        config = next;
        log.info({ file, why }, 'configuration reloaded');
      } catch (error) {
        reportReloadFailure(log, file, error);
      }
    });
    const watcher = new ConfigFilesWatcher(config.filesRead, () => void reload('a file changed'), io.intervals?.files);
    const hourly = setInterval(() => {
      // The watcher sees the new file.
      renewCertificates(config, log);
      if (config.commands.length > 0) void reload('secrets from commands are read again');
    }, ROUTINE_INTERVAL);
    const onHangUp = (): void => {
      void reload('SIGHUP');
      // Each reads its own files: with those of a fleet they are the same.
      void gateway.tellReload();
    };
    io.signals.on('SIGHUP', onHangUp);

    const signal = await stopSignal(io);
    log.info({ signal, seconds: config.limits.shutdownSeconds }, 'stopping: running requests may end');
    manager.stopping();
    // Whichever comes next, so that Ctrl+C also ends what systemd asked to stop.
    for (const next of STOP_SIGNALS) io.signals.once(next, () => io.exit(1));
    stopKeeping();
    watcher.stop();
    clearInterval(hourly);
    io.signals.off('SIGHUP', onHangUp);
    await gateway.close();
    await manager.close();
    log.info('stopped');
    await output?.close(LOG_CLOSING_TIME);
    return 0;
  },
};

/** Renews certificates of listeners that `ews-gateway certs` made, where they are due. @returns whether any was */
function renewCertificates(config: Config, log: Logger): boolean {
  let renewed = false;
  for (const { url, tls } of [...config.listeners, config.admin]) {
    if (tls === undefined) continue;
    try {
      const notAfter = renewIfDue(tls.file);
      if (notAfter === undefined) continue;
      renewed = true;
      log.info({ listener: url, file: tls.file, notAfter }, 'the certificate was close to its end and is renewed');
    } catch (error) {
      log.error(
        { err: error, listener: url, file: tls.file },
        'the certificate is close to its end and cannot be renewed',
      );
    }
  }
  return renewed;
}

function reportReloadFailure(log: Logger, file: string, error: unknown): void {
  const problems = error instanceof ConfigError ? error.problems : [errorText(error)];
  log.error({ file, problems }, 'the new configuration is not usable; the old one stays in force');
}

/** Runs one at a time, in order. */
function serialized(task: (why: string) => Promise<void>): (why: string) => Promise<void> {
  let last = Promise.resolve();
  return (why) => (last = last.then(() => task(why)));
}

function stopSignal({ signals }: CommandIo): Promise<Signal> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) signals.once(signal, () => resolve(signal));
  });
}
