/**
 * The bytes that an app may send for a mailbox within five minutes. What does not fit waits before it takes a slot:
 * sent all the same it would be put off, and keep the slot meanwhile.
 *
 * Ranges of upload sessions go to another host and do not count; what changes little is not held back, only counted.
 *
 * Gateways of a fleet tell each other what they send, once it is worth telling: by so much each of them may be wrong.
 *
 * @see https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
 */
import { randomBytes } from 'node:crypto';
import type { LRUCache } from 'lru-cache';
import { GatewayError } from '../../../errors.ts';
import type { Mark, Marks } from '../../../fleet/shared-marks.ts';
import { lruCache } from '../../../lru-cache.ts';
import { pause } from '../../../network/abort.ts';

const LIMIT = 150_000_000;
const WINDOW = 300_000;
/** Sent bytes are added up over this time, in milliseconds. */
const STEP = 5_000;
/** Bodies below this many bytes are not held back. */
const SMALL = 64 * 1024;
const MAX_MAILBOXES = 10_000;
/** Bodies of one mailbox that wait: each is in memory. */
const MOST_WAITING = 8;
/** Other gateways learn of so many bytes together. */
const WORTH_REPORTING = 1_000_000;
const MAX_NOTES = 50_000;
const CLOSED = 'closed';

interface Account {
  /** The latest at the end; of the last five minutes. */
  readonly sent: { readonly since: number; bytes: number }[];
  /** Until when Graph takes nothing more, by its own word. */
  closedUntil: number;
  waiting: number;
  /** Bytes that other gateways have not heard of. */
  unreported: number;
}

/** What gateways tell each other: `ID BYTES MAILBOX`, until it does not count any more. */
interface Note {
  readonly text: string;
  readonly until: number;
}

export interface UploadBudgetOptions {
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
  readonly marks?: Marks | undefined;
}

export class UploadBudget {
  readonly #now: () => number;
  readonly #marks: Marks | undefined;
  readonly #accounts: LRUCache<string, Account>;
  /** By their ids, the oldest first: each is counted once, however often it comes. */
  readonly #notes = new Map<string, Note>();
  readonly #stop: (() => void) | undefined;

  constructor({ now, marks }: UploadBudgetOptions = {}) {
    this.#now = now ?? (() => performance.now());
    this.#accounts = lruCache(MAX_MAILBOXES);
    this.#marks = marks;
    this.#stop = marks?.hold({ take: (mark) => this.#take(mark), held: () => this.#held() });
  }

  /** Other gateways need not tell it any more. */
  stop(): void {
    this.#stop?.();
  }

  /**
   * Waits until a body may be sent, and counts it.
   *
   * @param patience of its client, in milliseconds
   * @throws GatewayError UPSTREAM_BUSY where that ends before, or too many wait; CLIENT_GONE
   */
  async admit(mailbox: string, bytes: number, patience: number, signal: AbortSignal): Promise<void> {
    const deadline = this.#now() + patience;
    for (let wait = this.waitFor(mailbox, bytes); wait > 0; wait = this.waitFor(mailbox, bytes)) {
      const account = this.#accountOf(mailbox);
      if (this.#now() + wait >= deadline || account.waiting >= MOST_WAITING) throw usedUp(wait);
      account.waiting++;
      await pause(wait, signal).finally(() => account.waiting--);
      if (signal.aborted)
        throw new GatewayError('CLIENT_GONE', 'The client closed the connection while its message waited to be sent.');
    }
    this.spend(mailbox, bytes);
  }

  /** Counts a body that is sent now. */
  spend(mailbox: string, bytes: number): void {
    const account = this.#accountOf(mailbox);
    const { sent } = account;
    const last = sent.at(-1);
    const now = this.#now();
    if (last !== undefined && now - last.since < STEP) last.bytes += bytes;
    else sent.push({ since: now, bytes });
    account.unreported += bytes;
    if (this.#marks === undefined || account.unreported < WORTH_REPORTING) return;
    const id = randomBytes(6).toString('base64url');
    const text = `${id} ${account.unreported} ${mailbox.toLowerCase()}`;
    account.unreported = 0;
    this.#keep(id, { text, until: now + STEP + WINDOW });
    this.#marks.add({ text, remaining: STEP + WINDOW });
  }

  /** Milliseconds until a body may be sent; 0: now. One that is larger than the limit is Graph's matter. */
  waitFor(mailbox: string, bytes: number): number {
    if (bytes < SMALL) return 0;
    const { sent, closedUntil } = this.#accountOf(mailbox);
    const now = this.#now();
    let used = sent.reduce((sum, step) => sum + step.bytes, 0);
    let free = now;
    for (const step of sent) {
      if (used + bytes <= LIMIT) break;
      used -= step.bytes;
      free = step.since + STEP + WINDOW;
    }
    return Math.max(0, free - now, closedUntil - now);
  }

  /** Graph has put off a body because of its bytes. @param milliseconds for which it did */
  close(mailbox: string, milliseconds: number): void {
    const remaining = Math.min(milliseconds, WINDOW);
    this.#closeHere(mailbox, remaining);
    this.#marks?.add({ text: `${CLOSED} 0 ${mailbox.toLowerCase()}`, remaining });
  }

  #closeHere(mailbox: string, milliseconds: number): void {
    const account = this.#accountOf(mailbox);
    account.closedUntil = Math.max(account.closedUntil, this.#now() + Math.min(milliseconds, WINDOW));
  }

  /** What another gateway has reported. */
  #take({ text, remaining }: Mark): void {
    const [, id, bytes, mailbox] = /^(\S+) (\d+) (.+)$/.exec(text) ?? [];
    if (id === undefined || mailbox === undefined || this.#notes.has(id)) return;
    if (id === CLOSED) {
      this.#closeHere(mailbox, remaining);
      return;
    }
    const until = this.#now() + Math.min(remaining, STEP + WINDOW);
    this.#keep(id, { text, until });
    const { sent } = this.#accountOf(mailbox);
    sent.push({ since: until - STEP - WINDOW, bytes: Number(bytes) });
    sent.sort((one, other) => one.since - other.since);
  }

  #keep(id: string, note: Note): void {
    const now = this.#now();
    for (const [oldest, { until }] of this.#notes)
      if (until <= now || this.#notes.size >= MAX_NOTES) this.#notes.delete(oldest);
      else break;
    this.#notes.set(id, note);
  }

  *#held(): Iterable<Mark> {
    const now = this.#now();
    for (const { text, until } of this.#notes.values()) if (until > now) yield { text, remaining: until - now };
    for (const [mailbox, { closedUntil }] of this.#accounts.entries())
      if (closedUntil > now) yield { text: `${CLOSED} 0 ${mailbox}`, remaining: closedUntil - now };
  }

  #accountOf(mailbox: string): Account {
    const key = mailbox.toLowerCase();
    let account = this.#accounts.get(key);
    if (account === undefined)
      this.#accounts.set(key, (account = { sent: [], closedUntil: 0, waiting: 0, unreported: 0 }));
    const begin = this.#now() - STEP - WINDOW;
    while (account.sent[0] !== undefined && account.sent[0].since <= begin) account.sent.shift();
    return account;
  }
}

function usedUp(wait: number): GatewayError {
  return new GatewayError(
    'UPSTREAM_BUSY',
    'Microsoft Graph takes 150 MB in five minutes for a mailbox, which are used up. Try again later.',
    { backOffMilliseconds: wait },
  );
}
