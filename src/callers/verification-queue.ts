/**
 * Shares the cores between sign-ins whose password has to be hashed. Each network waits in a queue of
 * its own, and the queues take turns, so that a flood from one network holds up that network only.
 * Only failures cost: after each the queue cools down for a few hash times, and queues that mostly fail
 * cool down together, so that wrong passwords from however many networks take a quarter of a core.
 */
import { GatewayError } from '../errors.ts';
import { lruCache } from '../lru-cache.ts';

/** What a sign-in came to: only a failure shrinks the share of its queue. */
export interface Attempt<T> {
  readonly result: T;
  readonly outcome: 'right' | 'failed' | 'not-tried';
}

export interface VerificationQueueOptions {
  /** Attempts at a time; each takes a core and some 19 MiB. */
  readonly concurrency: number;
  /** Sign-ins that may wait in one queue. */
  readonly queueLength: number;
  /** In all queues together. */
  readonly totalLength?: number;
  /** How long one may wait, in milliseconds. */
  readonly longestWait?: number;
  /** Milliseconds of a clock that never jumps. */
  readonly now?: () => number;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: () => void;
  readonly deadline: number;
}

interface Record {
  right: number;
  failed: number;
  /** When its next attempt may run at the earliest. */
  notBefore: number;
}

/** The cooldown of a queue after a failure, in times of the attempt. */
const COOLDOWN_FACTOR = 3;
const LONGEST_WAIT = 60_000;
const MAX_RECORDS = 10_000;
/** From here on earlier outcomes count half. */
const MANY = 1_000;
const BACK_OFF = 5_000;

export class VerificationQueue {
  readonly #options: VerificationQueueOptions;
  readonly #total: number;
  readonly #longestWait: number;
  readonly #now: () => number;
  /** In the order of their turns: who was served goes to the end. */
  readonly #queues = new Map<string, Waiting[]>();
  readonly #records = lruCache<string, Record>(MAX_RECORDS);
  #waiting = 0;
  #running = 0;
  /** Queues that mostly fail run one attempt at a time among them, and not before this time. */
  #failingRuns = 0;
  #failingNotBefore = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: VerificationQueueOptions) {
    this.#options = options;
    this.#total = options.totalLength ?? options.queueLength + 4_096;
    this.#longestWait = options.longestWait ?? LONGEST_WAIT;
    this.#now = options.now ?? ((): number => performance.now());
  }

  /** Sign-ins that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs an attempt when its queue is served.
   *
   * @param key names the queue, for example a network
   * @throws GatewayError VERIFICATION_OVERLOADED where too many wait, or it has waited too long
   */
  async run<T>(key: string, attempt: () => Promise<Attempt<T>>): Promise<T> {
    const failing = await this.#served(key);
    const startedAt = this.#now();
    let outcome: Attempt<T>['outcome'] = 'not-tried';
    try {
      const done = await attempt();
      ({ outcome } = done);
      return done.result;
    } finally {
      this.#running--;
      if (failing) this.#failingRuns--;
      if (outcome !== 'not-tried') this.#record(key, outcome, this.#now() - startedAt);
      this.#serve();
    }
  }

  /** Waits to be served. @returns whether its queue mostly fails */
  #served(key: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(key) ?? [];
      if (queue.length >= this.#options.queueLength && !this.#startsAtOnce(key)) return reject(overloaded());
      if (this.#waiting >= this.#total && !this.#makeRoom(queue.length)) return reject(overloaded());
      queue.push({
        start: () => {
          const failing = this.#mostlyFails(key);
          this.#running++;
          if (failing) this.#failingRuns++;
          resolve(failing);
        },
        refuse: () => reject(overloaded()),
        deadline: this.#now() + this.#longestWait,
      });
      this.#waiting++;
      this.#queues.set(key, queue);
      this.#serve();
      return undefined;
    });
  }

  #startsAtOnce(key: string): boolean {
    return !this.#queues.has(key) && this.#running < this.#options.concurrency && this.#mayRun(key);
  }

  #mayRun(key: string): boolean {
    const now = this.#now();
    if ((this.#records.get(key)?.notBefore ?? 0) > now) return false;
    return !this.#mostlyFails(key) || (this.#failingRuns === 0 && this.#failingNotBefore <= now);
  }

  #mostlyFails(key: string): boolean {
    const record = this.#records.get(key);
    return record !== undefined && record.failed > record.right;
  }

  /** Refuses the last of the longest queue, so that one of a shorter queue can wait. */
  #makeRoom(length: number): boolean {
    let longest: Waiting[] | undefined;
    for (const queue of this.#queues.values()) if (queue.length > (longest?.length ?? length + 1)) longest = queue;
    const last = longest?.pop();
    if (last === undefined) return false;
    this.#waiting--;
    last.refuse();
    return true;
  }

  #serve(): void {
    this.#refuseExpired();
    while (this.#running < this.#options.concurrency) {
      const key = this.#nextKey();
      if (key === undefined) break;
      const queue = this.#queues.get(key) ?? [];
      const next = queue.shift();
      // To the end of the round.
      this.#queues.delete(key);
      if (queue.length > 0) this.#queues.set(key, queue);
      if (next === undefined) continue;
      this.#waiting--;
      next.start();
    }
    this.#wakeLater();
  }

  #nextKey(): string | undefined {
    for (const key of this.#queues.keys()) if (this.#mayRun(key)) return key;
    return undefined;
  }

  /** The oldest of a queue comes first in it, so that looking stops at the first that may still wait. */
  #refuseExpired(): void {
    const now = this.#now();
    for (const [key, queue] of this.#queues) {
      while (queue[0] !== undefined && queue[0].deadline <= now) {
        queue.shift()?.refuse();
        this.#waiting--;
      }
      if (queue.length === 0) this.#queues.delete(key);
    }
  }

  /** For queues that cool down while an attempt could run, and for those that wait too long. */
  #wakeLater(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting === 0) return;
    let at = Number.POSITIVE_INFINITY;
    const free = this.#running < this.#options.concurrency;
    for (const [key, queue] of this.#queues) {
      at = Math.min(at, queue[0]?.deadline ?? at);
      if (!free) continue;
      const own = this.#records.get(key)?.notBefore ?? 0;
      // While one of those that fail runs, its end serves the others.
      if (!this.#mostlyFails(key)) at = Math.min(at, own);
      else if (this.#failingRuns === 0) at = Math.min(at, Math.max(own, this.#failingNotBefore));
    }
    // Clients that wait keep the process alive; this timer alone does not hold up its end.
    this.#timer = setTimeout(() => this.#serve(), Math.max(1, Math.ceil(at - this.#now()))).unref();
  }

  #record(key: string, outcome: 'right' | 'failed', duration: number): void {
    const record = this.#records.get(key) ?? { right: 0, failed: 0, notBefore: 0 };
    record[outcome]++;
    if (record.right + record.failed > MANY) {
      record.right /= 2;
      record.failed /= 2;
    }
    if (outcome === 'failed') {
      const until = this.#now() + COOLDOWN_FACTOR * duration;
      record.notBefore = until;
      if (record.failed > record.right) this.#failingNotBefore = until;
    }
    this.#records.set(key, record);
  }
}

function overloaded(): GatewayError {
  return new GatewayError(
    'VERIFICATION_OVERLOADED',
    'The gateway is busy verifying passwords. Try again in a few seconds.',
    { backOffMilliseconds: BACK_OFF },
  );
}
