/**
 * Where failed sign-ins are counted: in this process here; a store that several gateways share stands
 * behind the same interface.
 */
import type { LRUCache } from 'lru-cache';
import { lruCache } from '../lru-cache.ts';

/** What is counted. Each kind has a bound of its own, so that made-up names cannot push out a lock. */
export type CounterKind =
  | 'name-failures'
  | 'name-strikes'
  | 'name-lock'
  | 'address-names'
  | 'address-strikes'
  | 'address-lock'
  /** One name that has failed from one network. */
  | 'pair';

export interface Counter {
  readonly count: number;
  /** Milliseconds until it is forgotten. */
  readonly remaining: number;
}

export interface LockoutStore {
  /** Adds one to a counter, which is forgotten `lifetime` milliseconds after its first. */
  add(kind: CounterKind, key: string, lifetime: number): Promise<Counter>;
  get(kind: CounterKind, key: string): Promise<Counter | undefined>;
  /** Begins a counter at 1 that is forgotten after `lifetime` milliseconds. */
  set(kind: CounterKind, key: string, lifetime: number): Promise<void>;
  delete(kind: CounterKind, key: string): Promise<void>;
  entries(kind: CounterKind): Promise<readonly (readonly [key: string, counter: Counter])[]>;
}

interface Kept {
  count: number;
  readonly expiresAt: number;
}

const DEFAULT_MAX = 20_000;

/** Keeps the counters in the memory of this process. The wall clock may jump: it reads the monotonic one. */
export class MemoryLockoutStore implements LockoutStore {
  /** Made when something is counted: an empty cache of this size takes its memory, and milliseconds, at once. */
  readonly #kinds = new Map<CounterKind, LRUCache<string, Kept>>();
  readonly #now: () => number;
  readonly #max: number;

  /**
   * @param now milliseconds of a clock that never jumps
   * @param max counters of each kind
   */
  constructor(now: () => number = () => performance.now(), max = DEFAULT_MAX) {
    this.#now = now;
    this.#max = max;
  }

  async add(kind: CounterKind, key: string, lifetime: number): Promise<Counter> {
    const kept = this.#live(kind, key);
    if (kept === undefined) {
      await this.set(kind, key, lifetime);
      return { count: 1, remaining: lifetime };
    }
    kept.count++;
    return this.#counter(kept);
  }

  async get(kind: CounterKind, key: string): Promise<Counter | undefined> {
    const kept = this.#live(kind, key);
    return kept === undefined ? undefined : this.#counter(kept);
  }

  async set(kind: CounterKind, key: string, lifetime: number): Promise<void> {
    const counters = this.#kinds.get(kind) ?? lruCache<string, Kept>(this.#max);
    this.#kinds.set(kind, counters);
    counters.set(key, { count: 1, expiresAt: this.#now() + lifetime });
  }

  async delete(kind: CounterKind, key: string): Promise<void> {
    this.#kinds.get(kind)?.delete(key);
  }

  async entries(kind: CounterKind): Promise<readonly (readonly [string, Counter])[]> {
    return [...(this.#kinds.get(kind)?.entries() ?? [])].flatMap(([key, kept]) =>
      kept.expiresAt > this.#now() ? [[key, this.#counter(kept)] as const] : [],
    );
  }

  #live(kind: CounterKind, key: string): Kept | undefined {
    const counters = this.#kinds.get(kind);
    const kept = counters?.get(key);
    if (kept === undefined || kept.expiresAt > this.#now()) return kept;
    counters?.delete(key);
    return undefined;
  }

  #counter({ count, expiresAt }: Kept): Counter {
    return { count, remaining: expiresAt - this.#now() };
  }
}
