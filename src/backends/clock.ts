/** What time it is, and waiting by it: handed to what goes by minutes and days, so that tests need not wait. */
import { pause } from '../network/abort.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic: () => number;
  /** Waits, and keeps no process alive for it; ends early, without an error, where the signal says so. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Waits until a call is made once more, for somebody who waits for its answer; ends early as a pause does. */
  readonly backOff: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export const REAL_CLOCK: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  pause: (milliseconds, signal) => pause(milliseconds, signal, false),
  backOff: pause,
};
