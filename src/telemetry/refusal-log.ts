/**
 * Refused sign-ins in the log, gathered as in the audit log: whoever has no password writes a bounded number of lines a
 * minute, however fast requests come.
 */
import type { Logger } from 'pino';
import { RefusedSignIns, type Refusal } from './refused-sign-ins.ts';

export interface LoggedRefusal extends Refusal {
  /** What may help where that is not the reason itself. */
  readonly hint?: string | undefined;
  readonly lockedUntil?: Date | undefined;
}

/** Told apart within a minute: fewer than in the audit log, which is bounded in size as well. */
const MAX_GROUPS = 100;

export class RefusalLog {
  readonly #refused: RefusedSignIns<LoggedRefusal>;

  constructor(log: Logger) {
    this.#refused = new RefusedSignIns((entry) => {
      const { requestId, caller: username, reason: refusal } = entry;
      if ('count' in entry) {
        const { network, count } = entry;
        log.warn({ requestId, network, refusal, username, count }, 'sign-ins refused since the line before');
      } else {
        const { source, hint, lockedUntil } = entry;
        log.warn({ requestId, source, refusal, username, hint, lockedUntil }, 'sign-in refused');
      }
    }, MAX_GROUPS);
  }

  enter(refusal: LoggedRefusal): void {
    this.#refused.enter(refusal);
  }

  /** Tells what was counted. */
  close(): void {
    this.#refused.close();
  }
}
