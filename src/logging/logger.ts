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
export function createLogger({ level, format }: Config['log'], destination?: DestinationStream): Logger {
  const readable = format === 'readable' || (format === 'auto' && process.stdout.isTTY);
  const options = { level, base: null, timestamp: time };
  if (!readable) return pino(options, destination ?? pino.destination({ fd: 1, sync: false, minLength: BATCH_BYTES, periodicFlush: LONGEST_DELAY }));
  const stream = pretty({
    destination: destination ?? 1,
    colorize: destination === undefined && process.stdout.isTTY,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'method,userAgent',
    singleLine: true,
    sync: true,
  });
  return pino(options, stream);
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
export function logFields(log: Logger, level: 'info' | 'warn', fields: Readonly<Record<string, unknown>>, message: string): void {
  if (!log.isLevelEnabled(level)) return;
  const stream = (log as unknown as Record<symbol, DestinationStream>)[symbols.streamSym as unknown as symbol];
  stream?.write(`{"level":${log.levels.values[level]}${time()},${JSON.stringify(fields).slice(1, -1)},"msg":"${message}"}\n`);
}
