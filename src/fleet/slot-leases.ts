/**
 * Slots of mailboxes that all gateways of a fleet share, as leases in Redis. Who finds none free gets a ticket and a
 * place in the mailbox's line; whoever gives slots back hands them to the first of the line, so that gateways take
 * turns however they are loaded.
 *
 * A gateway that dies breaks its connection, by which its channel loses its subscriber: its tickets are then passed
 * over, and its leases last for another second. One that is cut off without that, or stands still, loses its leases
 * after a quarter of a minute; it sees that it has, and sends no call for which it took a slot before.
 */
import { RedisAway, type RedisLink, type Reply } from './redis-link.ts';
import { SLOTS } from './slot-script.ts';

/** Of leases, in milliseconds. */
export interface LeaseTimes {
  /** How long one lasts that is not renewed. */
  readonly lifetime: number;
  readonly renewal: number;
}

const TIMES: LeaseTimes = { lifetime: 15_000, renewal: 5_000 };
/** How long a lease lasts whose gateway has no connection any more: most calls are over by then. */
const GONE = 1_000;
/** How long a ticket lasts that its gateway does not ask for again, and how often it does. */
const TICKET = 3_000;
const ASK_AGAIN = 1_000;
/** How often it is looked whether a ticket is still wanted. */
const LOOK = 100;

export interface LeaseRequest {
  /** Of the service, app and mailbox whose slots they are. */
  readonly key: string;
  /** Slots, taken all at once. */
  readonly weight: number;
  /** Slots of the mailbox altogether. */
  readonly slots: number;
  /** Slots that are to stay free beside these. */
  readonly spare: number;
  /** Later tickets go before it if they come within this time, in milliseconds. */
  readonly delay: number;
  /** Whether anybody still waits for it. */
  readonly isWanted: () => boolean;
}

export interface Lease {
  /** Whether others may have got its slots meanwhile: what has not begun by now must take others. */
  readonly hasLapsed: boolean;
  release(): void;
}

/** What came of a request: `away`: there is no Redis to ask; `unwanted`: nobody waits any more. */
export type LeaseResult = Lease | 'away' | 'unwanted';

interface Waiting {
  readonly member: string;
  readonly request: LeaseRequest;
  readonly settle: (result: LeaseResult) => void;
  /** By the monotonic clock. */
  askAt: number;
  /** When it was asked last without getting one: a lease that it has got is younger. By the monotonic clock. */
  since: number;
}

interface Held {
  readonly request: LeaseRequest;
  /** Until when it is certain, by the monotonic clock. */
  until: number;
  /** Whether it was lost and is only counted again. */
  isLost: boolean;
}

/** The prefix of the channels on which gateways hear of slots that were handed to them. */
export const GRANTS = 'granted:';

export class SlotLeases {
  readonly #link: RedisLink;
  readonly #gateway: string;
  readonly #waiting = new Map<string, Waiting>();
  readonly #times: LeaseTimes;
  readonly #held = new Map<string, Held>();
  /** Given back while Redis was away, with when each would have ended. */
  readonly #unreleased = new Map<string, Held>();
  #count = 0;
  #looking: NodeJS.Timeout | undefined;
  #renewing: NodeJS.Timeout | undefined;

  /** @param gateway its id in the fleet, without a colon */
  constructor(link: RedisLink, gateway: string, times: LeaseTimes = TIMES) {
    this.#link = link;
    this.#gateway = gateway;
    this.#times = times;
  }

  /** Leases held, and tickets that wait. */
  get counts(): { readonly held: number; readonly waiting: number } {
    return { held: this.#held.size, waiting: this.#waiting.size };
  }

  /** Takes slots, at once or when it is their turn. Never rejects. */
  async take(request: LeaseRequest): Promise<LeaseResult> {
    const { weight, spare } = request;
    const member = `${this.#gateway}:${++this.#count}:${weight}:${spare}`;
    return new Promise((settle) => {
      const now = performance.now();
      this.#waiting.set(member, { member, request, settle, askAt: now + ASK_AGAIN, since: now });
      this.#looking ??= setInterval(() => this.#look(), LOOK);
      void this.#ask(member, request);
    });
  }

  /** A slot was handed to one of this gateway's tickets. */
  granted(member: string): void {
    const waiting = this.#waiting.get(member);
    if (waiting !== undefined) this.#grant(waiting);
  }

  /** Those who wait do without Redis: it is away. What is held may soon be another gateway's. */
  away(): void {
    const end = performance.now() + GONE;
    for (const held of this.#held.values()) held.until = Math.min(held.until, end);
    for (const { member, request, settle } of this.#waiting.values()) {
      this.#waiting.delete(member);
      this.#leave(member, request);
      settle('away');
    }
  }

  /**
   * Tells Redis again what is held here, which it may have forgotten, and what was given back while it was away.
   *
   * @throws RedisAway
   */
  async join(): Promise<void> {
    const now = performance.now();
    for (const [member, { request, until }] of this.#unreleased)
      if (until > now) await this.#run('leave', member, request);
    this.#unreleased.clear();
    for (const [member, held] of this.#held) await this.#renewOne(member, held);
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    this.away();
    clearInterval(this.#looking);
    clearInterval(this.#renewing);
    const held = [...this.#held];
    this.#held.clear();
    await Promise.allSettled(held.map(([member, { request }]) => this.#run('leave', member, request)));
  }

  async #ask(member: string, request: LeaseRequest): Promise<void> {
    const asked = performance.now();
    try {
      const reply = await this.#run('take', member, request, () => this.#leave(member, request));
      const waiting = this.#waiting.get(member);
      if (reply !== 1) {
        if (waiting !== undefined) waiting.since = asked;
        return;
      }
      if (waiting !== undefined) this.#grant(waiting);
      // Given up meanwhile, and not granted by message either.
      else if (!this.#held.has(member)) this.#leave(member, request);
    } catch (error) {
      if (!(error instanceof RedisAway)) throw error;
      const waiting = this.#waiting.get(member);
      this.#waiting.delete(member);
      waiting?.settle('away');
    }
  }

  #grant({ member, request, settle, since }: Waiting): void {
    this.#waiting.delete(member);
    const held: Held = { request, until: since + this.#times.lifetime, isLost: false };
    this.#held.set(member, held);
    this.#renewing ??= setInterval(() => this.#renew(), this.#times.renewal).unref();
    settle({
      get hasLapsed() {
        return held.isLost || performance.now() >= held.until;
      },
      release: () => {
        if (!this.#held.delete(member)) return;
        this.#run('leave', member, request).catch(() => this.#unreleased.set(member, held));
      },
    });
  }

  /** Where Redis is away, the ticket ends by itself. */
  #leave(member: string, request: LeaseRequest): void {
    this.#run('leave', member, request).catch(() => undefined);
  }

  #renew(): void {
    const now = performance.now();
    for (const [member, { until }] of this.#unreleased) if (until <= now) this.#unreleased.delete(member);
    if (this.#held.size + this.#unreleased.size === 0) {
      clearInterval(this.#renewing);
      this.#renewing = undefined;
    }
    for (const [member, held] of this.#held) this.#renewOne(member, held).catch(() => undefined);
  }

  /** One that Redis has forgotten is counted there again: its call may be under way. */
  async #renewOne(member: string, held: Held): Promise<void> {
    const asked = performance.now();
    const had = await this.#run('renew', member, held.request);
    if (had === 1) held.until = asked + this.#times.lifetime;
    else held.isLost = true;
  }

  #look(): void {
    const now = performance.now();
    for (const waiting of this.#waiting.values()) {
      const { member, request, settle, askAt } = waiting;
      if (!request.isWanted()) {
        this.#waiting.delete(member);
        this.#leave(member, request);
        settle('unwanted');
      } else if (askAt <= now) {
        waiting.askAt = now + ASK_AGAIN;
        void this.#ask(member, request);
      }
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #run(
    task: 'take' | 'renew' | 'leave',
    member: string,
    { key, slots, delay }: LeaseRequest,
    onLate?: () => void,
  ): Promise<Reply> {
    const keys = [`leases:${key}`, `line:${key}`, `tickets:${key}`];
    const values = [task, member, slots, delay, this.#times.lifetime, TICKET, this.#link.key(GRANTS), GONE];
    return this.#link.run(SLOTS, keys, values, onLate);
  }
}
