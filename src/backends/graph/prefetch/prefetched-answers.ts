/**
 * Answers of Graph that were fetched before the client has asked for them: bounded in bytes and in seconds, each given
 * once, to the caller for whom it was fetched, and forgotten with the first change of its mailbox.
 */
import type { Clock } from '../../clock.ts';
import { PrefetchHabits, type PrefetchResult } from './prefetch-habits.ts';

/** Whose an answer is. */
export interface PrefetchOwner {
  readonly caller: string;
  /** The mailbox that the caller acts as: what it may read may depend on that. */
  readonly actingAs: string;
  /** By what the slots of the mailbox are counted: its GUID, so that its other addresses are the same. */
  readonly mailbox: string;
}

/** What was fetched. */
export interface Prefetched<T> {
  readonly value: T;
  readonly upstreamRequestId: string | undefined;
}

/** An answer that is given: its bytes count until it is released. */
export interface GivenAnswer<T> extends Prefetched<T> {
  release(): void;
}

/** How old an answer may be, in milliseconds since it was asked for. */
export const LIFETIME = 5_000;
/** How long a client waits for what is on its way, in milliseconds, before it has a call of its own. */
export const PATIENCE = 2_000;
/** Of all callers together. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Of one caller. */
const MAX_OF_CALLER = 8 * 1024 * 1024;

interface Kept {
  readonly owner: PrefetchOwner;
  /** The most that it may have. */
  readonly bytes: number;
  /** By the clock. */
  readonly askedAt: number;
  readonly content: Promise<Prefetched<unknown> | undefined>;
  /** Ends the fetch. */
  readonly ending: AbortController;
  /** Aborted once nobody can ask for it any more. */
  readonly gone: AbortController;
  isHere: boolean;
}

export class PrefetchedAnswers {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  readonly #habits: PrefetchHabits;
  readonly #onEnd: (result: PrefetchResult) => void;
  /** Of those that are kept, and of those that were given and are still in memory. */
  readonly #bytes = new Map<string, number>();

  /** @param onEnd called once for each answer that was asked for */
  constructor(clock: Clock, onEnd: (result: PrefetchResult) => void) {
    this.#clock = clock;
    this.#habits = new PrefetchHabits(clock);
    this.#onEnd = onEnd;
  }

  /** Whether there is room for an answer that is not here yet, for a caller who uses what is fetched. */
  wants(owner: PrefetchOwner, what: string, bytes: number): boolean {
    const { caller } = owner;
    if (this.#kept.has(keyOf(owner, what)) || !this.#habits.trusts(caller)) return false;
    let all = 0;
    for (const each of this.#bytes.values()) all += each;
    return all + bytes <= MAX_BYTES && (this.#bytes.get(caller) ?? 0) + bytes <= MAX_OF_CALLER;
  }

  /**
   * Fetches an answer.
   *
   * @param what it is, within the mailbox
   * @param bytes that it has at most
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
    this.#count(owner, bytes);
    const kept: Kept = { owner, bytes, askedAt, ending, gone, content: fetch(ending.signal), isHere: false };
    this.#kept.set(key, kept);
    void this.#clock.pause(LIFETIME, gone.signal).then(() => this.#drop(key, kept, 'unused'));
    void kept.content.then((fetched) => {
      kept.isHere = true;
      if (fetched === undefined) this.#drop(key, kept, 'failed');
    });
  }

  /**
   * What was fetched, or is on its way; undefined where it is not here, or does not come in time. It is kept no longer.
   *
   * @param signal aborted once nobody waits for it any more
   */
  async take<T>(owner: PrefetchOwner, what: string, signal: AbortSignal): Promise<GivenAnswer<T> | undefined> {
    const key = keyOf(owner, what);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    // A process that has stood still has not heard of its end yet.
    if (this.#clock.monotonic() - kept.askedAt >= LIFETIME) {
      this.#drop(key, kept, 'unused');
      return undefined;
    }
    this.#kept.delete(key);
    kept.gone.abort();
    const fetched = await this.#inTime(kept, signal);
    const { caller } = owner;
    this.#end(caller, fetched === undefined ? 'failed' : 'used');
    let isHeld = true;
    const release = (): void => {
      if (isHeld) this.#count(owner, -kept.bytes);
      isHeld = false;
    };
    if (fetched !== undefined) return { ...(fetched as Prefetched<T>), release };
    kept.ending.abort();
    release();
    return undefined;
  }

  /** Something in the mailbox has changed, or may have. @param mailbox default: any of them */
  forget(mailbox?: string): void {
    for (const [key, kept] of this.#kept)
      if (mailbox === undefined || kept.owner.mailbox === mailbox) this.#drop(key, kept, 'unused');
  }

  /** Others wait for the mailbox: what is still on its way is given up, which says nothing of the caller. */
  giveWay(mailbox: string): void {
    for (const [key, kept] of this.#kept)
      if (!kept.isHere && kept.owner.mailbox === mailbox) this.#drop(key, kept, 'failed');
  }

  async #inTime({ content }: Kept, signal: AbortSignal): Promise<Prefetched<unknown> | undefined> {
    const over = new AbortController();
    const pause = this.#clock.pause(PATIENCE, AbortSignal.any([over.signal, signal]));
    const fetched = await Promise.race([content, pause.then(() => undefined)]);
    over.abort();
    return fetched;
  }

  #drop(key: string, kept: Kept, result: PrefetchResult): void {
    if (kept.gone.signal.aborted) return;
    this.#kept.delete(key);
    kept.gone.abort();
    this.#count(kept.owner, -kept.bytes);
    this.#end(kept.owner.caller, result);
    kept.ending.abort();
  }

  #end(caller: string, result: PrefetchResult): void {
    this.#habits.learn(caller, result);
    this.#onEnd(result);
  }

  #count({ caller }: PrefetchOwner, bytes: number): void {
    const sum = (this.#bytes.get(caller) ?? 0) + bytes;
    if (sum === 0) this.#bytes.delete(caller);
    else this.#bytes.set(caller, sum);
  }
}

function keyOf({ caller, actingAs, mailbox }: PrefetchOwner, what: string): string {
  return JSON.stringify([caller, actingAs, mailbox, what]);
}
