/**
 * Slots of mailboxes that all gateways of a fleet share, as leases in Redis. Who finds none free gets a ticket and a
 * place in the mailbox's line; whoever gives slots back hands them to the first of the line, so that gateways take
 * turns however they are loaded. A gateway that dies loses its tickets after seconds, and its leases after a quarter
 * of a minute.
 *
 * All times are those of the Redis server. A mailbox has at most as many leases as slots, so that each step takes
 * O(log n) in the number of tickets.
 */
import { NOW, RedisAway, script, type RedisLink, type Reply } from './redis-link.ts';

/** How long a lease lasts that is not renewed, in milliseconds. */
export const LEASE = 15_000;
const RENEWAL = 5_000;
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
  release(): void;
}

/** What came of a request: `away`: there is no Redis to ask; `unwanted`: nobody waits any more. */
export type LeaseResult = Lease | 'away' | 'unwanted';

/**
 * KEYS: leases by their end; tickets by their turn; tickets by their end. A member is GATEWAY:NUMBER:WEIGHT:SPARE.
 * ARGV: what to do, member, slots, delay, lifetime of a lease, of a ticket, prefix of the gateways' channels.
 * Returns whether the member has a lease now.
 */
const SLOTS = script(`
local leases, line, ends = KEYS[1], KEYS[2], KEYS[3]
local task, member, slots, delay = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
${NOW}
local function weightOf(text) return tonumber(string.match(text, ':(%d+):%d+$')) end
local function drop(ticket) redis.call('ZREM', line, ticket) redis.call('ZREM', ends, ticket) end

redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
for _, ticket in ipairs(redis.call('ZRANGE', ends, '-inf', now, 'BYSCORE')) do drop(ticket) end

if task == 'renew' then
  return redis.call('ZADD', leases, 'XX', 'CH', now + ARGV[5], member)
elseif task == 'leave' then
  redis.call('ZREM', leases, member)
  drop(member)
elseif not redis.call('ZSCORE', leases, member) then
  redis.call('ZADD', line, 'NX', now + delay, member)
  redis.call('ZADD', ends, now + ARGV[6], member)
end

local used = 0
for _, lease in ipairs(redis.call('ZRANGE', leases, 0, -1)) do used = used + weightOf(lease) end
while true do
  local first = redis.call('ZRANGE', line, 0, 0)[1]
  if not first then break end
  local weight = weightOf(first)
  local spare = tonumber(string.match(first, ':(%d+)$'))
  if used > 0 and used + weight + spare > slots then break end
  drop(first)
  redis.call('ZADD', leases, now + ARGV[5], first)
  used = used + weight
  if first ~= member then redis.call('PUBLISH', ARGV[7] .. string.match(first, '^[^:]+'), first) end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[5] * 2) end
return redis.call('ZSCORE', leases, member) and 1 or 0
`);

interface Waiting {
  readonly member: string;
  readonly request: LeaseRequest;
  readonly settle: (result: LeaseResult) => void;
  /** By the monotonic clock. */
  askAt: number;
}

/** The prefix of the channels on which gateways are told of slots that were handed to them. */
export const GRANTS = 'granted:';

export class SlotLeases {
  readonly #link: RedisLink;
  readonly #gateway: string;
  readonly #waiting = new Map<string, Waiting>();
  /** Those held, with the request they were given for. */
  readonly #held = new Map<string, LeaseRequest>();
  #count = 0;
  #looking: NodeJS.Timeout | undefined;
  #renewing: NodeJS.Timeout | undefined;

  /** @param gateway its id in the fleet, without a colon */
  constructor(link: RedisLink, gateway: string) {
    this.#link = link;
    this.#gateway = gateway;
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
      this.#waiting.set(member, { member, request, settle, askAt: performance.now() + ASK_AGAIN });
      this.#looking ??= setInterval(() => this.#look(), LOOK);
      void this.#ask(member, request);
    });
  }

  /** A slot was handed to one of this gateway's tickets. */
  granted(member: string): void {
    const waiting = this.#waiting.get(member);
    if (waiting !== undefined) this.#grant(waiting);
  }

  /** Those who wait do without Redis: it is away. */
  away(): void {
    for (const { member, request, settle } of this.#waiting.values()) {
      this.#waiting.delete(member);
      this.#leave(member, request);
      settle('away');
    }
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    this.away();
    clearInterval(this.#looking);
    clearInterval(this.#renewing);
    const held = [...this.#held];
    this.#held.clear();
    await Promise.allSettled(held.map(([member, request]) => this.#run('leave', member, request)));
  }

  async #ask(member: string, request: LeaseRequest): Promise<void> {
    try {
      const reply = await this.#run('take', member, request, () => this.#leave(member, request));
      const waiting = this.#waiting.get(member);
      if (reply !== 1) return;
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

  #grant({ member, request, settle }: Waiting): void {
    this.#waiting.delete(member);
    this.#held.set(member, request);
    this.#renewing ??= setInterval(() => this.#renew(), RENEWAL).unref();
    settle({
      release: () => {
        if (this.#held.delete(member)) this.#leave(member, request);
      },
    });
  }

  /** Where Redis is away, it ends by itself. */
  #leave(member: string, request: LeaseRequest): void {
    this.#run('leave', member, request).catch(() => undefined);
  }

  #renew(): void {
    if (this.#held.size === 0) {
      clearInterval(this.#renewing);
      this.#renewing = undefined;
    }
    for (const [member, request] of this.#held) this.#run('renew', member, request).catch(() => undefined);
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
    const values = [task, member, slots, delay, LEASE, TICKET, this.#link.key(GRANTS)];
    return this.#link.run(SLOTS, keys, values, onLate);
  }
}
