/**
 * Passwords of administrators that wait to be verified. Networks take turns, and within a network its
 * addresses, so that a flood of wrong ones from one network holds up nobody elsewhere. Connections from
 * this machine have a lane of their own, which no flood from outside reaches.
 */
import { isLoopbackAddress, networkOf } from '../network/addresses.ts';

/** After a wrong password the next one of the same address is verified at least this much later, in milliseconds. */
const SHORTEST_COOLDOWN = 1_000;
/** The same in times of its verification: an address that floods uses a quarter of a core at most. */
const COOLDOWN_FACTOR = 3;
/** Passwords that may wait. */
const PER_ADDRESS = 4;
const PER_NETWORK = 16;
const PER_LANE = 256;

/** One sign-in that waits. */
interface Waiting {
  readonly verify: () => Promise<boolean>;
  readonly isGone: () => boolean;
  /** @param right undefined where it was refused for the sake of another */
  readonly settle: (right: boolean | undefined | Promise<boolean>) => void;
}

interface Address {
  waiting: Waiting[];
  /** When its next password may be verified, on the clock of performance.now(). */
  cooldownUntil: number;
}

/** In the order of their turns. */
type Network = Map<string, Address>;

export class SignInQueue {
  readonly #local = new Lane();
  readonly #outside = new Lane();

  /**
   * @param address the client's IP address
   * @param verify computes whether the password is right
   * @param isGone whether nobody waits for the result any more
   * @returns whether it is right; undefined where too many wait already
   */
  run(address: string, verify: () => Promise<boolean>, isGone: () => boolean): Promise<boolean | undefined> {
    return (isLoopbackAddress(address) ? this.#local : this.#outside).run(address, verify, isGone);
  }
}

/** One verification at a time. */
class Lane {
  /** In the order of their turns. */
  readonly #networks = new Map<string, Network>();
  #busy = false;
  #timer: NodeJS.Timeout | undefined;

  run(address: string, verify: () => Promise<boolean>, isGone: () => boolean): Promise<boolean | undefined> {
    this.#forget();
    const networkName = networkOf(address, { ipv4: 24, ipv6: 64 });
    // A host picks its own address within a /64.
    const addressName = networkOf(address, { ipv4: 32, ipv6: 64 });
    const network: Network = this.#networks.get(networkName) ?? new Map();
    const entry = network.get(addressName) ?? { waiting: [], cooldownUntil: 0 };
    if (!this.#hasRoom(network, entry)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      entry.waiting.push({ verify, isGone, settle: resolve });
      network.set(addressName, entry);
      this.#networks.set(networkName, network);
      void this.#next();
    });
  }

  /** Makes room in a full network at the cost of the address that has the most waiting. */
  #hasRoom(network: Network, { waiting }: Address): boolean {
    if (waiting.length >= PER_ADDRESS) return false;
    if (countIn(network) >= PER_NETWORK) return displaceLast([...network.values()], waiting.length);
    const total = [...this.#networks.values()].reduce((sum, each) => sum + countIn(each), 0);
    if (total < PER_LANE) return true;
    const largest = [...this.#networks.values()].reduce((a, b) => (countIn(b) > countIn(a) ? b : a));
    return countIn(largest) > countIn(network) + 1 && displaceLast([...largest.values()], 0);
  }

  async #next(): Promise<void> {
    if (this.#busy) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    const found = this.#take(now);
    if (found === undefined) {
      this.#wakeAt(now);
      return;
    }
    this.#busy = true;
    const { entry, waiting } = found;
    // It is remembered while its password is verified.
    entry.cooldownUntil = Number.POSITIVE_INFINITY;
    const result = waiting.verify();
    waiting.settle(result);
    const right = await result.catch(() => false);
    const finishedAt = performance.now();
    entry.cooldownUntil = right ? 0 : finishedAt + Math.max(SHORTEST_COOLDOWN, COOLDOWN_FACTOR * (finishedAt - now));
    this.#busy = false;
    void this.#next();
  }

  /** The next in turn whose address does not cool down. */
  #take(now: number): { readonly entry: Address; readonly waiting: Waiting } | undefined {
    this.#forget();
    for (const [networkName, network] of this.#networks) {
      for (const [addressName, entry] of network) {
        if (entry.cooldownUntil > now) continue;
        const waiting = entry.waiting.shift();
        if (waiting === undefined) continue;
        // Behind all others.
        network.delete(addressName);
        network.set(addressName, entry);
        this.#networks.delete(networkName);
        this.#networks.set(networkName, network);
        return { entry, waiting };
      }
    }
    return undefined;
  }

  #wakeAt(now: number): void {
    const cooldowns = [...this.#networks.values()].flatMap((network) =>
      [...network.values()].flatMap(({ waiting, cooldownUntil }) => (waiting.length > 0 ? [cooldownUntil] : [])),
    );
    if (cooldowns.length > 0)
      this.#timer = setTimeout(() => void this.#next(), Math.min(...cooldowns) - now + 1).unref();
  }

  /** Drops clients that are gone, and addresses of which nothing is to be remembered. */
  #forget(): void {
    const now = performance.now();
    for (const [networkName, network] of this.#networks) {
      for (const [addressName, entry] of network) {
        entry.waiting = entry.waiting.filter(({ isGone, settle }) => {
          if (isGone()) settle(undefined);
          return !isGone();
        });
        if (entry.waiting.length === 0 && entry.cooldownUntil <= now) network.delete(addressName);
      }
      if (network.size === 0) this.#networks.delete(networkName);
    }
  }
}

function countIn(network: Network): number {
  return [...network.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
}

/** Refuses the latest of the address with the most waiting, if it has more than one above `fewer`. */
function displaceLast(addresses: readonly Address[], fewer: number): boolean {
  const heaviest = addresses.reduce((a, b) => (b.waiting.length > a.waiting.length ? b : a));
  if (heaviest.waiting.length <= fewer + 1) return false;
  heaviest.waiting.pop()?.settle(undefined);
  return true;
}
