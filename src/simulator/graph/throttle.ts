/**
 * Outlook's limits: four requests in flight, 10,000 in ten minutes and 150 MB of upload in five, for each app and
 * mailbox.
 *
 * @see https://learn.microsoft.com/graph/throttling-limits (Outlook service limits)
 */
import type { GraphBehaviour } from './behaviour.ts';
import { GraphError } from './errors.ts';

const IN_FLIGHT = 4;
const REQUESTS = { most: 10_000, milliseconds: 600_000 };
const UPLOAD = { most: 150 * 1024 * 1024, milliseconds: 300_000 };

interface Lane {
  inFlight: number;
  readonly requests: { since: number; used: number };
  readonly upload: { since: number; used: number };
}

export class Throttle {
  readonly #lanes = new Map<string, Lane>();
  /** The most requests that were in flight at once, by mailbox GUID; refused ones do not count. */
  readonly peaks = new Map<string, number>();

  /**
   * Counts a request in.
   *
   * @param bytes of its body, where it writes
   * @returns how many are in flight with it, and what counts it out
   * @throws GraphError 429 [threads outlook-dev-docs#144, msgraph-sdk-javascript#297, python-o365#500]
   */
  acquire(
    app: string,
    mailbox: string,
    bytes: number,
    behaviour: GraphBehaviour,
  ): { readonly inFlight: number; readonly release: () => void } {
    const lane = this.#lane(behaviour.concurrencyPer === 'app' ? app : `${app} ${mailbox}`);
    if (lane.inFlight >= IN_FLIGHT) throw throttled('Application is over its MailboxConcurrency limit.', 1);
    const now = Date.now();
    const wait = over(lane.requests, 1, REQUESTS, now);
    if (wait !== undefined) throw throttled('Application is over its request limit.', wait);
    const uploadWait = over(lane.upload, bytes, UPLOAD, now);
    if (uploadWait !== undefined) throw throttled('Application is over its IncomingBytes limit.', uploadWait);
    lane.inFlight++;
    this.peaks.set(mailbox, Math.max(this.peaks.get(mailbox) ?? 0, lane.inFlight));
    let isHeld = true;
    return {
      inFlight: lane.inFlight,
      release: () => {
        if (isHeld) lane.inFlight--;
        isHeld = false;
      },
    };
  }

  #lane(key: string): Lane {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { inFlight: 0, requests: { since: 0, used: 0 }, upload: { since: 0, used: 0 } };
      this.#lanes.set(key, lane);
    }
    return lane;
  }
}

/** @returns seconds to wait where the window is used up */
function over(
  window: { since: number; used: number },
  amount: number,
  limit: { readonly most: number; readonly milliseconds: number },
  now: number,
): number | undefined {
  if (now - window.since >= limit.milliseconds) Object.assign(window, { since: now, used: 0 });
  if (window.used + amount > limit.most) return Math.ceil((window.since + limit.milliseconds - now) / 1000);
  Object.assign(window, { used: window.used + amount });
  return undefined;
}

function throttled(message: string, seconds: number): GraphError {
  return new GraphError(429, 'ApplicationThrottled', message, {
    headers: { 'retry-after': String(seconds) },
    isBare: true,
  });
}
