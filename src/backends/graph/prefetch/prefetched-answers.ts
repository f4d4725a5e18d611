/**
 * Answers of Graph that were fetched before the client has asked for them: bounded in bytes and in seconds, each given
 * once, to the caller for whom it was fetched, and forgotten with the first change of its mailbox.
 */
import type { Clock } from '../../clock.ts';
import { PrefetchHabits } from './prefetch-habits.ts';

/** Whose an answer is. */
export interface PrefetchOwner {
  readonly caller: string;
  /** By what the slots of the mailbox are counted: its GUID, so that its other addresses are the same. */
  readonly mailbox: string;
}

/** What was fetched. */
export interface Prefetched<T> {
  readonly value: T;
  /** Of the value in memory. */
  readonly bytes: number;
  readonly upstreamRequestId: string | undefined;
}

export type PrefetchResult = 'used' | 'unused';

/** How old an answer may be, in milliseconds since it was asked for. */
export const LIFETIME = 5_000;
/** Of all callers together. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Of one caller. */
const MAX_OF_CALLER = 8 * 1024 * 1024;

interface Kept {
  readonly owner: PrefetchOwner;
  /** By the clock. */
  readonly askedAt: number;
  readonly content: Promise<Prefetched<unknown> | undefined>;
  /** Ends the fetch. */
  readonly ending: AbortController;
  /** Aborted once it is kept no longer. */
  readonly gone: AbortController;
  bytes: number;
}

export class PrefetchedAnswers {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  readonly #habits: PrefetchHabits;
  readonly #onEnd: (result: PrefetchResult) => void;
  #bytes = 0;

  /** @param onEnd called once for each answer that was asked for */
  constructor(clock: Clock, onEnd: (result: PrefetchResult) => void) {
    this.#clock = clock;
    this.#habits = new PrefetchHabits(clock);
    this.#onEnd = onEnd;
  }

  /** Whether there is room for an answer that is not here yet, for a caller who uses what is fetched. */
  wants(owner: PrefetchOwner, what: string, bytes: number): boolean {
    if (this.#kept.has(keyOf(owner, what)) || this.#bytes + bytes > MAX_BYTES || !this.#habits.trusts(owner.caller))
      return false;
    let ofCaller = bytes;
    for (const kept of this.#kept.values()) if (kept.owner.caller === owner.caller) ofCaller += kept.bytes;
    return ofCaller <= MAX_OF_CALLER;
  }

  /**
   * Fetches an answer.
   *
   * @param what it is, within the mailbox
   * @param bytes that are expected; an answer of more than twice as many is not kept
   * @param fetch gives up at its signal, and never rejects
   */
  add<T>(
    owner: PrefetchOwner,
    what: string,
    bytes: number,
    fetch: (signal: AbortSignal) => Promise<Prefetched<T> | undefined>,
  ): void {
    const key = keyOf(owner, what);
    const [ending, gone] = [new AbortController(), new AbortController()];
    const askedAt = this.#clock.monotonic();
    const kept: Kept = { owner, askedAt, ending, gone, content: fetch(ending.signal), bytes };
    this.#kept.set(key, kept);
    this.#bytes += bytes;
    void this.#clock.pause(LIFETIME, gone.signal).then(() => this.#drop(key, kept));
    void kept.content.then((fetched) => {
      if (gone.signal.aborted) return;
      if (fetched === undefined || fetched.bytes > 2 * bytes) this.#drop(key, kept);
      else {
        this.#bytes += fetched.bytes - kept.bytes;
        kept.bytes = fetched.bytes;
      }
    });
  }

  /** What was fetched, or is on its way; undefined where it is not here. It is kept no longer. */
  take<T>(owner: PrefetchOwner, what: string): Promise<Prefetched<T> | undefined> | undefined {
    const key = keyOf(owner, what);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    // A process that has stood still has not heard of its end yet.
    if (this.#clock.monotonic() - kept.askedAt >= LIFETIME) {
      this.#drop(key, kept);
      return undefined;
    }
    this.#remove(key, kept);
    this.#habits.used(owner.caller);
    this.#onEnd('used');
    return kept.content as Promise<Prefetched<T> | undefined>;
  }

  /** Something in the mailbox has changed, or may have. */
  forget(mailbox: string): void {
    for (const [key, kept] of this.#kept) if (kept.owner.mailbox === mailbox) this.#drop(key, kept);
  }

  close(): void {
    for (const [key, kept] of this.#kept) this.#drop(key, kept);
  }

  #drop(key: string, kept: Kept): void {
    if (kept.gone.signal.aborted) return;
    this.#remove(key, kept);
    this.#habits.wasted(kept.owner.caller);
    this.#onEnd('unused');
    kept.ending.abort();
  }

  #remove(key: string, { gone, bytes }: Kept): void {
    gone.abort();
    this.#kept.delete(key);
    this.#bytes -= bytes;
  }
}

function keyOf({ caller, mailbox }: PrefetchOwner, what: string): string {
  return JSON.stringify([caller, mailbox, what]);
}
