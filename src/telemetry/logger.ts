/** The gateway's log: one JSON object a line, or readable lines for a person. */
import { pino, symbols, type DestinationStream, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Config } from '../config/types.ts';
import { boundedLine } from './bounded-line.ts';
import { isoNow } from './iso-time.ts';
import { StandardOutput } from './line-target.ts';
import { LineWriter } from './line-writer.ts';

/** The journal and people want to see a line when it happens; milliseconds. */
const PROMPT_DELAY = 5;

/** A writer of lines to standard output, which also writes what waits where the process ends by itself. */
export function standardOutput(settings: Config['log']): LineWriter {
  const prompt = formatOf(settings, process.stdout.isTTY) !== 'json';
  const writer = new LineWriter(new StandardOutput(), prompt ? { longestDelay: PROMPT_DELAY } : {});
  process.once('exit', () => writer.writeAtExit());
  return writer;
}

/**
 * @param destination gets lines with their line feed; default: standard output. Its `write` must not
 *   block. (pino's own destinations repeat a write for ever on a full disk.)
 */
export function createLogger(
  settings: Config['log'],
  destination: Pick<DestinationStream, 'write'> | LineWriter = standardOutput(settings),
): Logger {
  const onTerminal = destination instanceof LineWriter && process.stdout.isTTY;
  const formatted = FORMATS[formatOf(settings, onTerminal)](onTerminal);
  const stream: DestinationStream = {
    write: (line) => void destination.write(formatted(boundedLine(line))),
  };
  return pino({ level: settings.level, base: null, timestamp: time }, stream);
}

type Format = 'json' | 'readable' | 'journal';

function formatOf({ format, underJournal }: Config['log'], onTerminal: boolean): Format {
  if (format !== 'auto') return format;
  if (onTerminal) return 'readable';
  return underJournal === true ? 'journal' : 'json';
}

const FORMATS: Readonly<Record<Format, (onTerminal: boolean) => (line: string) => string>> = {
  json: () => (line) => line,
  journal: () => journalLine,
  readable: (onTerminal) =>
    prettyFactory({
      colorize: onTerminal,
      // On a screen it is today.
      translateTime: onTerminal ? 'SYS:HH:MM:ss.l' : 'SYS:yyyy-mm-dd HH:MM:ss.l',
      ignore: 'method,userAgent',
      singleLine: true,
    }),
};

/**
 * Lines for systemd's journal, which has the time, and takes the priority from the beginning of a line.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html
 */
function journalLine(line: string): string {
  const {
    level,
    time: _time,
    msg,
    ...fields
  } = JSON.parse(line) as { readonly level: number; readonly time: string; readonly msg?: string };
  const priority = level >= 60 ? 2 : level >= 50 ? 3 : level >= 40 ? 4 : level >= 30 ? 6 : 7;
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `<${priority}>${msg ?? ''}${rest}\n`;
}

/** The time as pino wants it. */
function time(): string {
  return `,"time":"${isoNow()}"`;
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
