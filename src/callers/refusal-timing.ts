/**
 * Lets every refusal take the same time, so that the time does not say whether a name exists, is locked, or
 * comes from a wrong address. One that had to wait longer takes the next multiple.
 */

/** In milliseconds: longer than a hash takes, so that the multiples are rare. */
const REFUSAL_TIME = 250;

export class RefusalTiming {
  readonly #time: number;
  readonly #now: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  /**
   * @param time what a refusal takes, in milliseconds
   * @param now milliseconds of a clock that never jumps
   */
  constructor(
    time = REFUSAL_TIME,
    now: () => number = () => performance.now(),
    sleep: (milliseconds: number) => Promise<void> = pause,
  ) {
    this.#time = time;
    this.#now = now;
    this.#sleep = sleep;
  }

  /** A time on its clock, to be given to {@link wait}. */
  begin(): number {
    return this.#now();
  }

  async wait(begun: number): Promise<void> {
    const elapsed = this.#now() - begun;
    await this.#sleep(this.#time * Math.max(1, Math.ceil(elapsed / this.#time)) - elapsed);
  }
}

/** Resolves after a time in milliseconds; does not keep the process alive. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
