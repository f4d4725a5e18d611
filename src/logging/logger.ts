/** The gateway's log: one JSON object a line, or readable lines for a person. */
import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/types.ts';

/**
 * @param destination default: standard output
 */
export function createLogger({ level, format }: Config['log'], destination?: DestinationStream): Logger {
  const readable = format === 'readable' || (format === 'auto' && process.stdout.isTTY);
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!readable) return pino(options, destination ?? pino.destination({ fd: 1, sync: false, minLength: 0 }));
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
