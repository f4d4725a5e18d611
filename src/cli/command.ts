/** What every command of the command line is. */
export interface Command {
  /** Shown for --help. */
  readonly usage: string;
  /** @returns the process's exit status */
  run(args: readonly string[]): Promise<number>;
}

/** The command line itself is wrong: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
