/**
 * Tells in one log of the trouble of others. What it has no room for waits here, the last of each, and is told once
 * it is written again: where one disk holds both logs, they fail and go on together.
 */
import type { WriterTrouble } from './log-trouble.ts';

export class TroubleNotices {
  readonly #tell: (trouble: WriterTrouble) => boolean;
  readonly #waiting = new Map<string, WriterTrouble>();

  /** @param tell writes into the log; returns whether it had room */
  constructor(tell: (trouble: WriterTrouble) => boolean) {
    this.#tell = tell;
  }

  notice(trouble: WriterTrouble): void {
    if (this.#tell(trouble)) this.#waiting.delete(trouble.name);
    else this.#waiting.set(trouble.name, trouble);
  }

  /** The log is written again. */
  writtenAgain(): void {
    for (const trouble of this.#waiting.values()) this.notice(trouble);
  }
}
