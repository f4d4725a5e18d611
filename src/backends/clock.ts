/** What time it is, and waiting by it: handed to what goes by minutes and days, so that tests need not wait. */
import { pause } from '../network/abort.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic: () => number;
  /** Resolves after a time, or at once when the signal is aborted. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export const REAL_CLOCK: Clock = { wall: () => Date.now(), monotonic: () => performance.now(), pause };
