/**
 * Locks a user name or a source address that fails too often, each time for longer.
 *
 * Made for programs, not people: one badly configured client tries a wrong password up to nine times
 * a run, again and again. It must not lock out the other programs of its machine, so what counts
 * for an address is the number of different names that fail, not the number of tries.
 */
import type { LockoutSettings } from '../config/types.ts';
import { networkOf } from '../network/addresses.ts';
import { MemoryLockoutStore, type LockoutStore } from './lockout-store.ts';
import { normalName } from './user-name.ts';

export interface Lock {
  readonly kind: 'name' | 'address';
  /** The user name in its normal form; the IPv4 address, or the /64 of an IPv6 address. */
  readonly key: string;
  readonly until: Date;
}

const STRIKES_REMEMBERED = 86_400_000;
const MAX_NAME = 200;
const KINDS = ['name', 'address'] as const;

export class Lockout {
  readonly #settings: LockoutSettings;
  readonly #store: LockoutStore;

  constructor(settings: LockoutSettings, store: LockoutStore = new MemoryLockoutStore()) {
    this.#settings = settings;
    this.#store = store;
  }

  /** Until when a sign-in is refused, undefined where it is not. */
  async lockedUntil(name: string, address: string): Promise<Date | undefined> {
    const locks = await Promise.all([
      this.#store.get('name-lock', nameKeyOf(name)),
      this.#store.get('address-lock', addressKeyOf(address)),
    ]);
    const waits = locks.flatMap((lock) => (lock === undefined ? [] : [lock.remaining]));
    return waits.length === 0 ? undefined : inMilliseconds(Math.max(...waits));
  }

  /**
   * Counts a failed sign-in.
   *
   * @param known whether the name has a password: others count for the address only, so that made-up
   *   names do not fill the memory
   * @returns the locks that this failure has set
   */
  async failed(name: string, address: string, known: boolean): Promise<Lock[]> {
    const { failuresPerName, namesPerAddress, windowSeconds } = this.#settings;
    const [nameKey, addressKey, window] = [nameKeyOf(name), addressKeyOf(address), windowSeconds * 1000];
    const locks: Lock[] = [];
    if (known && (await this.#store.add('name-failures', nameKey, window)).count >= failuresPerName)
      locks.push(...(await this.#lock('name', 'name-failures', nameKey)));
    const firstOfPair = (await this.#store.add('pair', `${addressKey} ${nameKey}`, window)).count === 1;
    if (firstOfPair && (await this.#store.add('address-names', addressKey, window)).count >= namesPerAddress)
      locks.push(...(await this.#lock('address', 'address-names', addressKey)));
    return locks;
  }

  /** A right password: earlier failures of this name no longer count. */
  async succeeded(name: string): Promise<void> {
    await this.#forget('name', nameKeyOf(name));
  }

  /** @returns whether the user name or address was locked */
  async unlock(nameOrAddress: string): Promise<boolean> {
    const forgotten = [
      await this.#forget('name', nameKeyOf(nameOrAddress)),
      await this.#forget('address', addressKeyOf(nameOrAddress)),
    ];
    return forgotten.includes(true);
  }

  /** Everything that is locked now. */
  async locks(): Promise<Lock[]> {
    const lists = await Promise.all(
      KINDS.map(async (kind) =>
        (await this.#store.entries(`${kind}-lock`)).map(([key, { remaining }]) => ({
          kind,
          key,
          until: inMilliseconds(remaining),
        })),
      ),
    );
    return lists.flat();
  }

  async #forget(kind: Lock['kind'], key: string): Promise<boolean> {
    const locked = (await this.#store.get(`${kind}-lock`, key)) !== undefined;
    const counted = kind === 'name' ? 'name-failures' : 'address-names';
    for (const each of [counted, `${kind}-lock`, `${kind}-strikes`] as const) await this.#store.delete(each, key);
    return locked;
  }

  /** @returns nothing where it is locked already, by a sign-in that was under way beside this one */
  async #lock(kind: Lock['kind'], counted: 'name-failures' | 'address-names', key: string): Promise<Lock[]> {
    await this.#store.delete(counted, key);
    if ((await this.#store.get(`${kind}-lock`, key)) !== undefined) return [];
    const { count: strikes } = await this.#store.add(`${kind}-strikes`, key, STRIKES_REMEMBERED);
    const { firstLockSeconds, longestLockSeconds } = this.#settings;
    const lifetime = Math.min(firstLockSeconds * 2 ** Math.min(strikes - 1, 30), longestLockSeconds) * 1000;
    await this.#store.set(`${kind}-lock`, key, lifetime);
    return [{ kind, key, until: inMilliseconds(lifetime) }];
  }
}

/** For people: the lock itself ends by the monotonic clock. */
function inMilliseconds(count: number): Date {
  return new Date(Date.now() + count);
}

function nameKeyOf(name: string): string {
  return normalName(name).slice(0, MAX_NAME);
}

/** An IPv4 address, or the /64 of an IPv6 address, within which a host picks its own. */
function addressKeyOf(address: string): string {
  return networkOf(address.toLowerCase(), { ipv4: 32, ipv6: 64 });
}
