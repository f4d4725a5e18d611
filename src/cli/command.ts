/** What every command of the command line is, and all it may know of the process around it. */
import type { Readable, Writable } from 'node:stream';
import type { HashingOptions } from '../callers/password-hash.ts';

export interface Command {
  /** Shown for --help. */
  readonly usage: string;
  /**
   * @param args what follows the command's name
   * @returns the process's exit status
   * @throws UsageError where the arguments are wrong; any other error ends with its message and status 1
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** The signals that commands listen to. */
export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Where signals come from; `process` is one. */
export interface Signals {
  on(signal: Signal, listener: () => void): unknown;
  once(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/** What surrounds a command: the process's own streams and environment, or those of a test. */
export interface CommandIo {
  /** What the program is called in its help. */
  readonly programName: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Which of the three are terminals. */
  readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly signals: Signals;
  /** The path to open for one that was given on the command line, relative to the working directory. */
  readonly path: (given: string) => string;
  /** Ends the process at once, whatever is still running. */
  readonly exit: (status: number) => void;
  /** Where the gateway's log goes; default: standard output, a batch of lines at a time. */
  readonly log?: Writable;
  /** What password hashes cost; default: what suits a server. */
  readonly hashing?: HashingOptions;
  readonly intervals?: Intervals;
}

/** Times in milliseconds that tests shorten. */
export interface Intervals {
  /** After which waiting is announced, and how often the announcement is renewed; default: a second. */
  readonly progress?: number;
  /** How often the configuration's files are looked at; default: a second. */
  readonly files?: number;
}

/** The command line itself is wrong: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
