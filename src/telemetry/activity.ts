/**
 * What happened lately, for the status page: the latest requests, each caller's counts, and the last
 * hour minute by minute. Kept in memory, within bounds, and never the content of a request.
 */
import { kindOf } from '../errors.ts';
import { KNOWN_OPERATIONS } from '../ews/operations.ts';
import { normalName } from '../callers/user-name.ts';
import { lruCache } from '../lru-cache.ts';

/** A request that ended. */
export interface RequestEntry {
  readonly id: string;
  /** When it ended, in milliseconds since the epoch. */
  readonly time: number;
  readonly source: string;
  readonly caller: string | undefined;
  /** Whether its credentials were right. */
  readonly signedIn: boolean;
  readonly mailbox: string | undefined;
  readonly operation: string | undefined;
  readonly userAgent: string | undefined;
  /** ok, fault (of Exchange), a GatewayErrorCode, or why credentials were refused. */
  readonly outcome: string;
  readonly milliseconds: number;
  /** What is to be said about a failure. */
  readonly reason: string | undefined;
}

export interface RecentRequest extends RequestEntry {
  /** How often it came in a row: refused sign-ins are not to push everything else out. */
  readonly times: number;
}

/** A client that cannot connect or sign in, before there is a request. */
export interface ConnectionTrouble {
  readonly kind: string;
  readonly source: string;
  /** The address it connected to. */
  readonly listener: string | undefined;
  readonly userAgent: string | undefined;
  /** What to do about it. */
  readonly remedy: string;
  /** When it came last, in milliseconds since the epoch. */
  readonly time: number;
}

export interface RepeatedTrouble extends ConnectionTrouble {
  /** How often it came from there. */
  readonly times: number;
}

export interface CallerActivity {
  readonly requests: number;
  readonly errors: number;
  /** Requests by operation, of those that EWS has. */
  readonly operations: ReadonlyMap<string, number>;
  readonly last: RequestEntry;
  readonly lastError: RequestEntry | undefined;
}

export interface Minute {
  /** Its beginning, in milliseconds since the epoch. */
  readonly time: number;
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds within which half of the requests ended; undefined where there were none. */
  readonly median: number | undefined;
  readonly percentile95: number | undefined;
}

interface CallerTally {
  requests: number;
  errors: number;
  readonly operations: Map<string, number>;
  last: RequestEntry;
  lastError: RequestEntry | undefined;
}

interface Counters {
  minute: number;
  requests: number;
  errors: number;
  /** Requests by duration, see {@link BOUNDS}. */
  readonly durations: Uint32Array;
}

const RECENT = 100;
/** Of those without the right credentials, once there are more than fit. */
const RECENT_REFUSED = 25;
const MAX_TROUBLES = 50;
const MINUTES = 60;
const MINUTE = 60_000;
const MAX_CALLERS = 2_000;
/** Names that were refused and have not signed in yet. */
const MAX_REFUSED = 500;
/** Upper bounds of the counted durations in milliseconds, each a quarter above the one before. */
const BOUNDS = Array.from({ length: 64 }, (_, index) => 1.25 ** index);
const LOG_STEP = Math.log(1.25);

export class Activity {
  /** Oldest first; up to twice as many as are kept, see {@link Activity.recent}. */
  #recent: { entry: RequestEntry; times: number }[] = [];
  readonly #callers = lruCache<string, CallerTally>(MAX_CALLERS);
  /** Names that nobody has signed in as, which are not to push out those of callers. */
  readonly #refused = lruCache<string, CallerTally>(MAX_REFUSED);
  readonly #minutes: Counters[] = Array.from({ length: MINUTES }, () => ({
    minute: -1,
    requests: 0,
    errors: 0,
    durations: new Uint32Array(BOUNDS.length),
  }));
  /** By kind and source. */
  readonly #troubles = lruCache<string, RepeatedTrouble>(MAX_TROUBLES);
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param timed whether its duration says anything: a connection that hangs for notifications has none */
  enter(entry: RequestEntry, timed: boolean): void {
    const error = entry.outcome !== 'ok' && kindOf(entry.outcome) !== 'client';
    this.#remember(entry);
    this.#count(entry, error, timed);
    const { caller } = entry;
    if (caller === undefined || entry.outcome === 'unknown-user') return;
    const tally = this.#tallyOf(normalName(caller), entry);
    tally.requests++;
    tally.last = entry;
    if (error) {
      tally.errors++;
      tally.lastError = entry;
    }
    // Only names that EWS has, so that clients cannot make it grow.
    const { operation } = entry;
    if (operation !== undefined && KNOWN_OPERATIONS.has(operation))
      tally.operations.set(operation, (tally.operations.get(operation) ?? 0) + 1);
  }

  /** @param network of which all addresses count as one */
  trouble(trouble: ConnectionTrouble, network = trouble.source): void {
    const key = `${trouble.kind} ${network}`;
    this.#troubles.set(key, { ...trouble, times: (this.#troubles.get(key)?.times ?? 0) + 1 });
  }

  /** Clients that could not connect or sign in, the latest first, with how often it happened. */
  troubles(): RepeatedTrouble[] {
    return [...this.#troubles.values()];
  }

  /** The latest requests, newest first. */
  recent(): RecentRequest[] {
    this.#forgetOldest();
    return this.#recent.map(({ entry, times }) => ({ ...entry, times })).toReversed();
  }

  find(id: string): RequestEntry | undefined {
    return this.#recent.find(({ entry }) => entry.id === id)?.entry;
  }

  /** What a caller did since the start. */
  of(username: string): CallerActivity | undefined {
    const key = normalName(username);
    return this.#callers.peek(key) ?? this.#refused.peek(key);
  }

  /** Names that were active, as the callers gave them, the latest first, and behind them those that were refused. */
  names(): string[] {
    return [...this.#callers.values(), ...this.#refused.values()].flatMap(({ last }) =>
      last.caller === undefined ? [] : [last.caller],
    );
  }

  /** The last hour, oldest minute first; the last one is not over. */
  hour(): Minute[] {
    const current = Math.floor(this.#now() / MINUTE);
    return Array.from({ length: MINUTES }, (_, index) => {
      const minute = current - MINUTES + 1 + index;
      const counters = this.#minutes[minute % MINUTES];
      if (counters?.minute !== minute)
        return { time: minute * MINUTE, requests: 0, errors: 0, median: undefined, percentile95: undefined };
      return {
        time: minute * MINUTE,
        requests: counters.requests,
        errors: counters.errors,
        median: percentile(counters.durations, 0.5),
        percentile95: percentile(counters.durations, 0.95),
      };
    });
  }

  #remember(entry: RequestEntry): void {
    const latest = this.#recent.at(-1);
    const last = latest?.entry;
    if (
      latest !== undefined &&
      last !== undefined &&
      entry.outcome !== 'ok' &&
      last.outcome === entry.outcome &&
      last.signedIn === entry.signedIn &&
      last.caller === entry.caller &&
      last.source === entry.source &&
      last.operation === entry.operation
    ) {
      latest.entry = entry;
      latest.times++;
      return;
    }
    this.#recent.push({ entry, times: 1 });
    // Many at a time: for each that leaves its beginning, an array moves all the others.
    if (this.#recent.length >= 2 * RECENT) this.#forgetOldest();
  }

  /** Keeps the latest; of those without the right credentials only some, where there are too many. */
  #forgetOldest(): void {
    let surplus = this.#recent.length - RECENT;
    if (surplus <= 0) return;
    const refused = this.#recent.reduce((count, { entry: { signedIn } }) => (signedIn ? count : count + 1), 0);
    let surplusRefused = Math.min(surplus, Math.max(0, refused - RECENT_REFUSED));
    surplus -= surplusRefused;
    this.#recent = this.#recent.filter(({ entry: { signedIn } }) => {
      if (!signedIn && surplusRefused > 0) surplusRefused--;
      else if (surplus > 0) surplus--;
      else return true;
      return false;
    });
  }

  /** The counts of a name, which become those of a caller once somebody has signed in. */
  #tallyOf(key: string, entry: RequestEntry): CallerTally {
    const known = this.#callers.get(key);
    if (known !== undefined) return known;
    const tally = this.#refused.get(key) ?? {
      requests: 0,
      errors: 0,
      operations: new Map(),
      last: entry,
      lastError: undefined,
    };
    if (entry.signedIn) {
      this.#callers.set(key, tally);
      this.#refused.delete(key);
    } else this.#refused.set(key, tally);
    return tally;
  }

  #count({ time, milliseconds }: RequestEntry, error: boolean, timed: boolean): void {
    const minute = Math.floor(time / MINUTE);
    const counters = this.#minutes[minute % MINUTES];
    if (counters === undefined) return;
    if (counters.minute !== minute) {
      counters.minute = minute;
      counters.requests = 0;
      counters.errors = 0;
      counters.durations.fill(0);
    }
    counters.requests++;
    if (error) counters.errors++;
    if (!timed) return;
    const index = milliseconds <= 1 ? 0 : Math.min(Math.ceil(Math.log(milliseconds) / LOG_STEP), BOUNDS.length - 1);
    counters.durations[index] = (counters.durations[index] ?? 0) + 1;
  }
}

function percentile(durations: Uint32Array, part: number): number | undefined {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  for (const [index, count] of durations.entries()) {
    seen += count;
    if (seen >= total * part) return BOUNDS[index];
  }
  return undefined;
}
