/** Clocks for the gateways of tests. */
import { REAL_CLOCK, type Clock } from '../../src/backends/clock.ts';
import { pause } from '../../src/network/abort.ts';

/** How long back-offs are is for the tests of retry policies, and for those that use REAL_CLOCK. In milliseconds. */
const LONGEST_BACK_OFF = 20;

const shortBackOff: Clock['backOff'] = (milliseconds, signal) =>
  pause(Math.min(milliseconds, LONGEST_BACK_OFF), signal);

/** So that requests can be counted: what the gateway does in its rests is for tests that make time pass. */
export const WITHOUT_LOOKING_AHEAD: Clock = {
  ...REAL_CLOCK,
  pause: (_milliseconds, signal) =>
    new Promise((end) => {
      if (signal.aborted) end();
      else signal.addEventListener('abort', () => end(), { once: true });
    }),
  backOff: shortBackOff,
};

/** A clock that a test sets on. */
export class TestClock implements Clock {
  #wall: number;
  #monotonic = 0;
  readonly #waiting = new Set<{ readonly until: number; readonly end: () => void }>();

  readonly #endsPauses: boolean;

  /** @param endsPauses whether pauses end when their time has passed; else what the gateway does in its rests waits */
  constructor(start: string, endsPauses = false) {
    this.#wall = Date.parse(start);
    this.#endsPauses = endsPauses;
  }

  readonly wall = (): number => this.#wall;
  readonly monotonic = (): number => this.#monotonic;

  readonly pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const one = {
        until: this.#monotonic + milliseconds,
        end: () => {
          this.#waiting.delete(one);
          signal.removeEventListener('abort', one.end);
          resolve();
        },
      };
      this.#waiting.add(one);
      signal.addEventListener('abort', one.end, { once: true });
      if (signal.aborted || milliseconds <= 0) one.end();
    });

  readonly backOff = shortBackOff;

  /** Milliseconds that are waited for at the moment, the shortest first. */
  get pauses(): readonly number[] {
    return [...this.#waiting].map(({ until }) => until - this.#monotonic).toSorted((a, b) => a - b);
  }

  pass(milliseconds: number): void {
    this.#wall += milliseconds;
    this.#monotonic += milliseconds;
    if (!this.#endsPauses) return;
    for (const { until, end } of this.#waiting) if (until <= this.#monotonic) end();
  }
}
