/** Verifies passwords, and knows how long that takes: whoever has none to verify is made to wait as long. */
import { matchesPassword, type PasswordHash } from './password-hash.ts';
import { pause } from './refusal-timing.ts';

/** What a hash is assumed to take until one was timed, in milliseconds. */
const ASSUMED_TIME = 30;
/** The share of the latest one in the average. */
const SHARE = 1 / 8;

export class PasswordVerifier {
  #time: number;

  /** @param most milliseconds that are assumed at first */
  constructor(most = Infinity) {
    this.#time = Math.min(ASSUMED_TIME, most);
  }

  async matches(password: string, hash: PasswordHash): Promise<boolean> {
    const startedAt = performance.now();
    const result = await matchesPassword(password, hash);
    this.#time += SHARE * (performance.now() - startedAt - this.#time);
    return result;
  }

  /** Takes the time of {@link matches} without its work. */
  pretend(): Promise<void> {
    return pause(this.#time);
  }
}
