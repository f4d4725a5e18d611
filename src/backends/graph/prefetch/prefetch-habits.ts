/**
 * Whether callers use what is fetched for them: calls for a program that goes another way would only count towards
 * Graph's limits. A few are made on trust; who uses less than half of them is left alone for a while.
 */
import { lruCache } from '../../../lru-cache.ts';
import type { Clock } from '../../clock.ts';

const MAX_CALLERS = 1_000;
/** Answers that may stay unused before the first is used. */
const TRUST = 4;
const MOST_TRUST = 8;
/** How long a caller is left alone, in milliseconds. */
const REST = 600_000;

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

  used(caller: string): void {
    const habit = this.#of(caller);
    habit.trust = Math.min(habit.trust + 1, MOST_TRUST);
  }

  wasted(caller: string): void {
    const habit = this.#of(caller);
    habit.trust--;
    if (habit.trust > 0) return;
    habit.trust = TRUST;
    habit.restsUntil = this.#clock.monotonic() + REST;
  }

  #of(caller: string): Habit {
    let habit = this.#habits.get(caller);
    if (habit === undefined) this.#habits.set(caller, (habit = { trust: TRUST, restsUntil: 0 }));
    return habit;
  }
}
