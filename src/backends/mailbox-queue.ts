/** The calls for one mailbox: how many run, who waits, in which order, and until when nobody may go. */
import type { GatewayError } from '../errors.ts';

/** What a call is for, the most urgent first. */
export const PRIORITIES = ['client', 'batch', 'prefetch', 'polling', 'shadow'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Waiter {
  readonly caller: string;
  readonly priority: Priority;
  /** Calls it makes at a time, all or none. */
  readonly weight: number;
  readonly client: { readonly destroyed: boolean };
  /** By the gate's clock, as `since`. */
  readonly deadline: number;
  readonly since: number;
  readonly grant: () => void;
  readonly refuse: (error: GatewayError) => void;
}

/** Polling goes before everything else once it has waited this long, so that notifications do not die out. */
const POLLING_TURN = 60_000;

/** Those that wait with one priority, by caller; the caller whose turn is next comes first. */
type Lines = Map<string, Waiter[]>;

/** All times are those of one monotonic clock, in milliseconds. */
export class MailboxQueue {
  readonly mailbox: string;
  readonly #slots: () => number;
  readonly #waiting: Readonly<Record<Priority, Lines>> = {
    client: new Map(),
    batch: new Map(),
    prefetch: new Map(),
    polling: new Map(),
    shadow: new Map(),
  };
  readonly #byPriority: readonly Lines[] = PRIORITIES.map((priority) => this.#waiting[priority]);
  /** Calls under way. */
  running = 0;
  waiting = 0;
  /** End of the latest cooldown; may lie in the past. */
  cooldownEnd = 0;

  /** @param slots how many calls may run at a time now */
  constructor(mailbox: string, slots: () => number) {
    this.mailbox = mailbox;
    this.#slots = slots;
  }

  isIdle(now: number): boolean {
    return this.running === 0 && this.waiting === 0 && this.cooldownEnd <= now;
  }

  /** Takes slots where they are free and nobody waits for them. */
  takeNow(priority: Priority, weight: number, now: number): boolean {
    if (!this.couldTake(priority, weight, now)) return false;
    this.running += weight;
    return true;
  }

  /** Whether {@link takeNow} would take slots. */
  couldTake(priority: Priority, weight: number, now: number): boolean {
    return this.waiting === 0 && this.#isFree(priority, weight, now);
  }

  add(waiter: Waiter): void {
    const lines = this.#waiting[waiter.priority];
    const line = lines.get(waiter.caller);
    if (line === undefined) lines.set(waiter.caller, [waiter]);
    else line.push(waiter);
    this.waiting++;
  }

  /** The waiter whose turn it is, taken out of the queue; undefined where nobody waits or may go. */
  next(now: number): Waiter | undefined {
    if (this.waiting === 0 || this.running >= this.#slots()) return undefined;
    for (const lines of this.#inOrder(now)) {
      for (const [caller, line] of lines) {
        const [waiter] = line;
        if (waiter === undefined) continue;
        if (!this.#isFree(waiter.priority, waiter.weight, now)) {
          // A call of many slots is not overtaken by later small ones; prefetching is.
          if (waiter.priority === 'prefetch') break;
          return undefined;
        }
        line.shift();
        // To the end of the round, or out of it.
        lines.delete(caller);
        if (line.length > 0) lines.set(caller, line);
        this.waiting--;
        return waiter;
      }
    }
    return undefined;
  }

  /** Takes out every waiter that fits. */
  removeWhere(fits: (waiter: Waiter) => boolean): Waiter[] {
    const removed: Waiter[] = [];
    for (const lines of Object.values(this.#waiting)) {
      for (const [caller, line] of lines) {
        const leaving = line.filter(fits);
        if (leaving.length === 0) continue;
        removed.push(...leaving);
        if (leaving.length === line.length) lines.delete(caller);
        else
          lines.set(
            caller,
            line.filter((waiter) => !leaving.includes(waiter)),
          );
      }
    }
    this.waiting -= removed.length;
    return removed;
  }

  /**
   * Takes out the last waiter of the longest line, to make room for a caller with a shorter one: a caller with many
   * requests must not keep the others out.
   *
   * @returns undefined where no line would be longer than that of `caller` with one request more
   */
  removeFromLongestLine(caller: string): Waiter | undefined {
    const lengths = new Map<string, number>();
    for (const lines of Object.values(this.#waiting))
      for (const [name, line] of lines) lengths.set(name, (lengths.get(name) ?? 0) + line.length);
    const [longest, length] = [...lengths].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    if (length <= (lengths.get(caller) ?? 0) + 1) return undefined;
    for (const priority of PRIORITIES.toReversed()) {
      const lines = this.#waiting[priority];
      const last = lines.get(longest)?.pop();
      if (last === undefined) continue;
      if (lines.get(longest)?.length === 0) lines.delete(longest);
      this.waiting--;
      return last;
    }
    return undefined;
  }

  /** Extends the cooldown. @returns whether it ends later than before */
  coolDown(end: number): boolean {
    if (end <= this.cooldownEnd) return false;
    this.cooldownEnd = end;
    return true;
  }

  /** Lines by priority, with polling in front where its turn is due. */
  #inOrder(now: number): readonly Lines[] {
    const { polling } = this.#waiting;
    for (const [first] of polling.values())
      if (first !== undefined && now - first.since >= POLLING_TURN) return [polling, ...this.#byPriority];
    return this.#byPriority;
  }

  #isFree(priority: Priority, weight: number, now: number): boolean {
    if (this.cooldownEnd > now) return false;
    // Slots can become fewer than a call weighs: it then goes alone.
    if (this.running === 0 && priority !== 'prefetch') return true;
    const needed = priority === 'prefetch' ? weight + 1 : weight;
    return this.running + needed <= this.#slots();
  }
}
