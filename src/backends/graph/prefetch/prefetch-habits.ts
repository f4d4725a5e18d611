/**
 * Whether callers use what is fetched for them: calls for a program that goes another way would only count towards
 * Graph's limits. A few are made on trust; who uses less than half of them is left alone for a while.
 */
import { lruCache } from '../../../lru-cache.ts';
import type { Clock } from '../../clock.ts';

/** What became of a call: its answer was given, or not, or there was none. */
export type PrefetchResult = 'used' | 'unused' | 'failed';

const MAX_CALLERS = 1_000;
/** Answers that may stay unused before the first is used. */
const TRUST = 4;
const MOST_TRUST = 8;
/** How long a caller is left alone, in milliseconds. */
const REST = 600_000;
/** The same where the service had no answer or others had to wait: it has enough to do. */
const PAUSE = 10_000;

interface Habit {
  trust: number;
  /** Until when nothing is fetched, by the clock. */
  restsUntil: number;
}

export class PrefetchHabits {
  readonly #habits = lruCache<string, Habit>(MAX_CALLERS);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the caller is likely to use what is fetched now. */
  trusts(caller: string): boolean {
    return this.#clock.monotonic() >= this.#of(caller).restsUntil;
  }

  learn(caller: string, result: PrefetchResult): void {
    const habit = this.#of(caller);
    const now = this.#clock.monotonic();
    if (result === 'used') habit.trust = Math.min(habit.trust + 1, MOST_TRUST);
    else if (result === 'failed') habit.restsUntil = Math.max(habit.restsUntil, now + PAUSE);
    else if (--habit.trust <= 0) {
      habit.trust = TRUST;
      habit.restsUntil = now + REST;
    }
  }

  #of(caller: string): Habit {
    let habit = this.#habits.get(caller);
    if (habit === undefined) this.#habits.set(caller, (habit = { trust: TRUST, restsUntil: 0 }));
    return habit;
  }
}
