/**
 * Counts failed sign-ins for all gateways of a fleet in Redis, with rate-limiter-flexible; while Redis is away, in the
 * memory of this one. What was counted meanwhile is not added afterwards: a lock would come as a surprise.
 */
import type { RedisClientType } from '@redis/client';
import type { RateLimiterRedis } from 'rate-limiter-flexible';
import { RedisAway, type RedisLink } from '../fleet/redis-link.ts';
import { MemoryLockoutStore, type Counter, type CounterKind, type LockoutStore } from './lockout-store.ts';

/** What it needs to know of the fleet. */
export interface SharedCounters {
  readonly isJoined: boolean;
  readonly link: RedisLink;
}

const PAGE = 500;

export class SharedLockoutStore implements LockoutStore {
  readonly #fleet: SharedCounters;
  readonly #local: LockoutStore;
  readonly #limiters = new Map<CounterKind, { readonly client: unknown; readonly limiter: RateLimiterRedis }>();

  constructor(fleet: SharedCounters, local: LockoutStore = new MemoryLockoutStore()) {
    this.#fleet = fleet;
    this.#local = local;
  }

  add(kind: CounterKind, key: string, lifetime: number): Promise<Counter> {
    return this.#either(
      kind,
      async (limiter) => counterOf(await limiter.penalty(key, 1, { customDuration: seconds(lifetime) })),
      () => this.#local.add(kind, key, lifetime),
    );
  }

  get(kind: CounterKind, key: string): Promise<Counter | undefined> {
    return this.#either(
      kind,
      async (limiter) => {
        const found = await limiter.get(key);
        return found === null ? undefined : counterOf(found);
      },
      () => this.#local.get(kind, key),
    );
  }

  set(kind: CounterKind, key: string, lifetime: number): Promise<void> {
    return this.#either(
      kind,
      async (limiter) => void (await limiter.set(key, 1, seconds(lifetime))),
      () => this.#local.set(kind, key, lifetime),
    );
  }

  /** Here too: a lock of the time without Redis must not come back with the next one. */
  async delete(kind: CounterKind, key: string): Promise<void> {
    await this.#local.delete(kind, key);
    await this.#either(
      kind,
      async (limiter) => void (await limiter.delete(key)),
      () => Promise.resolve(),
    );
  }

  entries(kind: CounterKind): Promise<readonly (readonly [string, Counter])[]> {
    const prefix = `${this.#prefixOf(kind)}:`;
    return this.#either(
      kind,
      async (limiter, client) => {
        const keys: string[] = [];
        for await (const page of client.scanIterator({ MATCH: `${escapePattern(prefix)}*`, COUNT: PAGE }))
          keys.push(...page);
        const found = await Promise.all(
          keys.map(async (key) => {
            const name = key.slice(prefix.length);
            const counter = await limiter.get(name);
            return counter === null ? undefined : ([name, counterOf(counter)] as const);
          }),
        );
        return found.filter((entry) => entry !== undefined);
      },
      () => this.#local.entries(kind),
    );
  }

  async #either<T>(
    kind: CounterKind,
    shared: (limiter: RateLimiterRedis, client: RedisClientType) => Promise<T>,
    local: () => Promise<T>,
  ): Promise<T> {
    if (!this.#fleet.isJoined) return local();
    try {
      return await this.#fleet.link.ask(async (client) => shared(await this.#limiterOf(kind, client), client));
    } catch (error) {
      if (error instanceof RedisAway) return local();
      throw error;
    }
  }

  async #limiterOf(kind: CounterKind, client: RedisClientType): Promise<RateLimiterRedis> {
    const kept = this.#limiters.get(kind);
    if (kept?.client === client) return kept.limiter;
    const { RateLimiterRedis } = await import('rate-limiter-flexible');
    const limiter = new RateLimiterRedis({
      storeClient: client,
      useRedisPackage: true,
      keyPrefix: this.#prefixOf(kind),
      // It only counts here; what is too much is decided by Lockout.
      points: Number.MAX_SAFE_INTEGER,
      duration: 1,
    });
    this.#limiters.set(kind, { client, limiter });
    return limiter;
  }

  #prefixOf(kind: CounterKind): string {
    return this.#fleet.link.key(`sign-ins:${kind}`);
  }
}

function counterOf({ consumedPoints, msBeforeNext }: { consumedPoints: number; msBeforeNext: number }): Counter {
  return { count: consumedPoints, remaining: Math.max(0, msBeforeNext) };
}

function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}

/** A prefix as a pattern of SCAN that means it literally. */
function escapePattern(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, '\\$&');
}
