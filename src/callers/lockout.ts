/**
 * Locks a user name or a source address that fails too often, each time for longer.
 *
 * Made for programs, not people: one badly configured client tries a wrong password up to nine times
 * a run, again and again. It must not lock out the other workflows of its machine, so what counts
 * for an address is the number of different names that fail, not the number of tries.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { LockoutSettings } from '../config/types.ts';
import { networkOf } from '../network/addresses.ts';
import { normalName } from './user-name.ts';

export interface Lock {
  readonly kind: 'name' | 'address';
  /** The user name in its normal form, or the address. */
  readonly subject: string;
  readonly until: Date;
}

const STRIKES_REMEMBERED = 86_400;
const MAX_NAME = 200;

export class Lockout {
  readonly #settings: LockoutSettings;
  readonly #names: RateLimiterMemory;
  readonly #addresses: RateLimiterMemory;
  /** Which name has failed from which address. */
  readonly #pairs: RateLimiterMemory;
  /** How often a subject was locked within a day. */
  readonly #strikes: RateLimiterMemory;

  constructor(settings: LockoutSettings) {
    this.#settings = settings;
    const duration = settings.windowSeconds;
    this.#names = new RateLimiterMemory({ keyPrefix: 'name', points: settings.failuresPerName, duration });
    this.#addresses = new RateLimiterMemory({ keyPrefix: 'address', points: settings.namesPerAddress, duration });
    this.#pairs = new RateLimiterMemory({ keyPrefix: 'pair', points: 1, duration });
    this.#strikes = new RateLimiterMemory({ keyPrefix: 'strikes', points: 1, duration: STRIKES_REMEMBERED });
  }

  /** Until when a sign-in is refused, undefined where it is not. */
  async lockedUntil(name: string, address: string): Promise<Date | undefined> {
    const results = await Promise.all([this.#names.get(keyOf(name)), this.#addresses.get(sourceOf(address))]);
    const waits = [results[0], results[1]].flatMap((result, index) =>
      result !== null &&
      result.consumedPoints > (index === 0 ? this.#settings.failuresPerName : this.#settings.namesPerAddress)
        ? [result.msBeforeNext]
        : [],
    );
    return waits.length === 0 ? undefined : new Date(Date.now() + Math.max(...waits));
  }

  /**
   * Counts a failed sign-in.
   *
   * @param known whether the name is a caller's: others count for the address only, so that made-up
   *   names do not fill the memory
   * @returns the locks that this failure has set
   */
  async failed(name: string, address: string, known: boolean): Promise<Lock[]> {
    const locks: Lock[] = [];
    const subject = keyOf(name);
    const network = sourceOf(address);
    if (known && (await this.#names.penalty(subject)).consumedPoints === this.#settings.failuresPerName)
      locks.push(await this.#lock('name', this.#names, subject));
    const firstOfPair = (await this.#pairs.penalty(`${network} ${subject}`)).consumedPoints === 1;
    if (firstOfPair && (await this.#addresses.penalty(network)).consumedPoints === this.#settings.namesPerAddress)
      locks.push(await this.#lock('address', this.#addresses, network));
    return locks;
  }

  /** A right password: earlier failures of this name no longer count. */
  async succeeded(name: string): Promise<void> {
    await Promise.all([this.#names.delete(keyOf(name)), this.#strikes.delete(`name ${keyOf(name)}`)]);
  }

  /** @returns whether the user name or address was locked */
  async unlock(subject: string): Promise<boolean> {
    const [name, network] = [keyOf(subject), sourceOf(subject)];
    const locked = this.locks().some((lock) => lock.subject === name || lock.subject === network);
    await Promise.all([
      this.#names.delete(name),
      this.#addresses.delete(network),
      this.#strikes.delete(`name ${name}`),
      this.#strikes.delete(`address ${network}`),
    ]);
    return locked;
  }

  /** Everything that is locked now. */
  locks(): Lock[] {
    const of = (kind: Lock['kind'], limiter: RateLimiterMemory, points: number): Lock[] =>
      limiter
        .dump()
        .storage.flatMap(({ key, value, expiresAt }) =>
          value > points && expiresAt != null ? [{ kind, subject: String(key), until: new Date(expiresAt) }] : [],
        );
    return [
      ...of('name', this.#names, this.#settings.failuresPerName),
      ...of('address', this.#addresses, this.#settings.namesPerAddress),
    ];
  }

  async #lock(kind: Lock['kind'], limiter: RateLimiterMemory, subject: string): Promise<Lock> {
    const { consumedPoints: strikes } = await this.#strikes.penalty(`${kind} ${subject}`);
    const seconds = Math.min(
      this.#settings.firstLockSeconds * 2 ** Math.min(strikes - 1, 30),
      this.#settings.longestLockSeconds,
    );
    await limiter.block(subject, seconds);
    return { kind, subject, until: new Date(Date.now() + seconds * 1000) };
  }
}

function keyOf(name: string): string {
  return normalName(name).slice(0, MAX_NAME);
}

/** An IPv4 address, or the /64 of an IPv6 address, within which a host picks its own. */
function sourceOf(address: string): string {
  return networkOf(address.toLowerCase(), { ipv4: 32, ipv6: 64 });
}
