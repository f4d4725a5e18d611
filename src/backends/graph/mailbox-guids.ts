/**
 * The GUIDs of mailboxes by their addresses, for counting alone: all addresses of a mailbox share its slots.
 *
 * Gateways of a fleet share them, so that one that has just started counts its first call for a mailbox with those of
 * the others. Who can write to Redis can make gateways count wrongly, and nothing else: which mailbox an id belongs
 * to is the matter of MailboxDirectory, which believes only Graph.
 */
import type { Mark, Marks } from '../../fleet/shared-marks.ts';
import { lruCache } from '../../lru-cache.ts';

const MAX_MAILBOXES = 50_000;
/**
 * How long a GUID is shared after Graph has returned it, in milliseconds. Each gateway asks once a day for mailboxes in
 * use: a gateway that starts knows all but those that nobody has used for this long.
 */
const LIFETIME = 7 * 86_400_000;
/** Of two that were learnt within so many milliseconds nobody can say which one was later. */
const MOMENT = 10_000;
/** `GUID TENANT ADDRESS`; no address is longer (RFC 5321, 4.5.3.1). */
const MARK = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ([^ ]{1,255} .{1,320})$/;

interface Learnt {
  readonly guid: string;
  /** Until when it is shared, by the monotonic clock. This gateway itself keeps it for longer. */
  readonly until: number;
}

/** Those of one tenant. */
export interface TenantGuids {
  /** In lower case; undefined where it is not known. */
  readonly get: (address: string) => string | undefined;
  /** Graph has returned one. @param guid in lower case */
  readonly learn: (address: string, guid: string) => void;
}

export class MailboxGuids {
  readonly #marks: Marks | undefined;
  readonly #now: () => number;
  /** By `TENANT ADDRESS`. */
  readonly #learnt = lruCache<string, Learnt>(MAX_MAILBOXES);

  /** @param now a monotonic clock in milliseconds */
  constructor(marks?: Marks, now = (): number => performance.now()) {
    this.#marks = marks;
    this.#now = now;
    marks?.hold({ take: (mark) => this.#take(mark), held: () => this.#held() });
  }

  of(tenant: string): TenantGuids {
    const keyOf = (address: string): string => `${tenant} ${address}`.toLowerCase();
    return {
      get: (address) => this.#learnt.get(keyOf(address))?.guid,
      learn: (address, guid) => {
        const key = keyOf(address);
        this.#keep(key, guid, LIFETIME);
        this.#marks?.add({ text: `${guid} ${key}`, remaining: LIFETIME });
      },
    };
  }

  /** What another gateway has learnt. */
  #take({ text, remaining }: Mark): void {
    const [, guid, key] = MARK.exec(text) ?? [];
    if (guid !== undefined && key !== undefined) this.#keep(key, guid, Math.min(remaining, LIFETIME));
  }

  /** Keeps the GUID that was learnt last: a mailbox can be deleted, and another created with its address. */
  #keep(key: string, guid: string, remaining: number): void {
    const until = this.#now() + remaining;
    const known = this.#learnt.peek(key);
    if (known !== undefined && known.guid !== guid) {
      const later = until - known.until;
      // At the same time, or nearly: each gateway may hear of the other one last, and all are to count alike.
      if (Math.abs(later) < MOMENT ? guid < known.guid : later < 0) return;
    }
    this.#learnt.set(key, { guid, until: known?.guid === guid ? Math.max(until, known.until) : until });
  }

  *#held(): Iterable<Mark> {
    const now = this.#now();
    for (const [key, { guid, until }] of this.#learnt.entries())
      if (until > now) yield { text: `${guid} ${key}`, remaining: until - now };
  }
}
