/** The gateway's log: one JSON object a line, or readable lines for a person. */
import { pino, symbols, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/types.ts';

/** Lines are written together once there is this much of them, at the latest after this many milliseconds. */
const BATCH_BYTES = 8 * 1024;
const LONGEST_DELAY = 100;

/**
 * @param destination default: standard output
 */
export function createLogger({ level, format, underJournal }: Config['log'], destination?: DestinationStream): Logger {
  const chosen =
    format !== 'auto' ? format : process.stdout.isTTY ? 'readable' : underJournal === true ? 'journal' : 'json';
  const options = { level, base: null, timestamp: time };
  if (chosen === 'journal') return pino(options, journal(destination ?? pino.destination({ fd: 1, sync: true })));
  if (chosen === 'json')
    return pino(
      options,
      destination ?? pino.destination({ fd: 1, sync: false, minLength: BATCH_BYTES, periodicFlush: LONGEST_DELAY }),
    );
  const stream = pretty({
    destination: destination ?? 1,
    colorize: destination === undefined && process.stdout.isTTY,
    // On a screen it is today.
    translateTime: destination === undefined && process.stdout.isTTY ? 'SYS:HH:MM:ss.l' : 'SYS:yyyy-mm-dd HH:MM:ss.l',
    ignore: 'method,userAgent',
    singleLine: true,
    sync: true,
  });
  return pino(options, stream);
}

/**
 * Lines for systemd's journal, which has the time, and takes the priority from the beginning of a line.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html
 */
function journal(destination: DestinationStream): DestinationStream {
  return {
    write: (line) => {
      const {
        level,
        time: _time,
        msg,
        ...fields
      } = JSON.parse(line) as { readonly level: number; readonly time: string; readonly msg?: string };
      const priority = level >= 60 ? 2 : level >= 50 ? 3 : level >= 40 ? 4 : level >= 30 ? 6 : 7;
      const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
      destination.write(`<${priority}>${msg ?? ''}${rest}\n`);
    },
  };
}

/** The time as pino wants it; busy moments have many lines in one millisecond. */
const time = isoTime();

function isoTime(): () => string {
  let last = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== last) {
      last = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

/**
 * Writes a line as `log[level](fields, message)` would, in half the time, for the line that every
 * request writes. The fields must be plain JSON.
 */
export function logFields(
  log: Logger,
  level: 'info' | 'warn',
  fields: Readonly<Record<string, unknown>>,
  message: string,
): void {
  if (!log.isLevelEnabled(level)) return;
  const stream = (log as unknown as Record<symbol, DestinationStream>)[symbols.streamSym as unknown as symbol];
  stream?.write(
    `{"level":${log.levels.values[level]}${time()},${JSON.stringify(fields).slice(1, -1)},"msg":"${message}"}\n`,
  );
}
