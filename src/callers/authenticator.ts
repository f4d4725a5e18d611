/**
 * Finds out who is calling. From outside, a wrong password, an unknown name, a wrong source address
 * and a locked name look the same and take the same time; only the first two cost a computation.
 */
import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { LRUCache } from 'lru-cache';
import type { CallerConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { readBasicCredentials } from './basic-credentials.ts';
import type { Enrolments } from './enrolments.ts';
import type { Lock, Lockout } from './lockout.ts';
import {
  hashPassword,
  matchesPassword,
  parsePasswordHash,
  type HashingOptions,
  type PasswordCost,
  type PasswordHash,
} from './password-hash.ts';
import { findCaller, nameOfCaller, normalName } from './user-name.ts';

/** Why a caller was not let in: for the log, never for the client. */
export type Refusal =
  'no-credentials' | 'unknown-user' | 'wrong-password' | 'no-password-yet' | 'source-address' | 'locked';

export type Authentication =
  | { readonly caller: CallerConfig }
  | {
      readonly refusal: Refusal;
      /** The name that was tried, if one could be read. */
      readonly username?: string;
      /** Locks that this refusal has set, or meets. */
      readonly locks?: readonly Lock[];
    };

/** What is known of a client's connection; a Socket is one. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
}

export interface AuthenticatorOptions {
  readonly callers: readonly CallerConfig[];
  readonly lockout: Lockout;
  readonly enrolments: Enrolments;
  /** Told when the first password of an open window was taken over. */
  readonly onEnrolled?: (name: string) => void;
  /** The one of the configuration before: passwords that were right are verified anew, but not locked out. */
  readonly previous?: Authenticator | undefined;
  /** How long a verified credential is remembered, in milliseconds. */
  readonly cacheLifetime: number;
  readonly hashing?: HashingOptions | undefined;
  /** Hash computations at a time; each takes a core and some 32 MiB. */
  readonly concurrency?: number;
  /** Hash computations that may wait for their turn. */
  readonly queueLength?: number;
  readonly now?: () => number;
}

interface Verified {
  readonly caller: CallerConfig;
  /** When it has to be verified anew, in milliseconds since the epoch. */
  readonly until: number;
}

interface Entry {
  readonly caller: CallerConfig;
  /** The name under which an enrolled password is kept. */
  readonly name: string;
  /** The configured hash. */
  readonly configured: string | undefined;
  /** What counts; undefined where there is no password yet. */
  readonly hash: PasswordHash | undefined;
}

/** One core is left to those who are in already. */
const DEFAULT_CONCURRENCY = Math.max(1, Math.min(2, availableParallelism() - 1));
/** How long a turn rests after a wrong password, in times of a computation. */
const REST = 3;
const MAX_REMEMBERED = 10_000;
/** What a refusal without a hash computation takes until one has been timed, in milliseconds. */
const ASSUMED_HASH_TIME = 150;
/** What passwords are compared with while no caller has one. */
const ASSUMED_HASH: PasswordHash = { N: 2 ** 15, r: 8, p: 3, salt: randomBytes(16), hash: randomBytes(32) };

export class Authenticator {
  readonly #callers: ReadonlyMap<string, CallerConfig>;
  readonly #enrolments: Enrolments;
  readonly #onEnrolled: (name: string) => void;
  /** Stands in for unknown users, so that they cost what a wrong password costs. */
  readonly #decoy: PasswordHash;
  readonly #key: KeyObject;
  readonly #verified: LRUCache<string, Verified>;
  /** The last credential verified on each connection: comparing is a tenth of the work of the HMAC. */
  #onConnection = new WeakMap<object, Verified & { readonly authorization: string }>();
  /** Credentials that were right at any time since the start, also before a reload. */
  readonly #proven: LRUCache<string, true>;
  readonly #pending = new Map<string, Promise<Authentication>>();
  readonly #lockout: Lockout;
  /** For credentials seen for the first time, and for those that were right before: a flood of the first must not hold up the second. */
  readonly #turns: { readonly unproven: Turns; readonly proven: Turns };
  readonly #cost: PasswordCost | undefined;
  #hashTime: number;
  readonly #lifetime: number;
  readonly #now: () => number;

  constructor(options: AuthenticatorOptions) {
    this.#callers = new Map(options.callers.map((caller) => [normalName(caller.username), caller]));
    this.#enrolments = options.enrolments;
    this.#onEnrolled = options.onEnrolled ?? ((): void => undefined);
    const configured = options.callers.flatMap((caller) => [
      caller.passwordHash,
      ...(caller.domainPasswords?.values() ?? []),
    ]);
    this.#decoy =
      configured
        .flatMap((text) => (text === undefined ? [] : [parsePasswordHash(text)]))
        .find((hash) => hash !== undefined) ?? ASSUMED_HASH;
    const { previous } = options;
    this.#key = previous === undefined ? createSecretKey(randomBytes(32)) : previous.#key;
    this.#verified = new LRUCache({ max: MAX_REMEMBERED });
    this.#proven = previous === undefined ? new LRUCache({ max: MAX_REMEMBERED }) : previous.#proven;
    this.#lockout = options.lockout;
    const turns = (): Turns => new Turns(options.concurrency ?? DEFAULT_CONCURRENCY, options.queueLength ?? 64);
    this.#turns = { unproven: turns(), proven: turns() };
    this.#cost = options.hashing?.cost;
    this.#hashTime = options.hashing?.assumedTime ?? ASSUMED_HASH_TIME;
    this.#lifetime = options.cacheLifetime;
    this.#now = options.now ?? Date.now;
  }

  /**
   * @param authorization value of the Authorization header
   * @param connection the client's connection, with its IP address
   * @returns the caller, at once for a credential verified before
   * @throws GatewayError VERIFICATION_OVERLOADED where too many passwords wait to be verified
   */
  authenticate(authorization: string | undefined, connection: Connection): Authentication | Promise<Authentication> {
    if (authorization === undefined) return { refusal: 'no-credentials' };
    const remoteAddress = connection.remoteAddress ?? '';
    const latest = this.#onConnection.get(connection);
    if (latest !== undefined && latest.authorization === authorization && this.#now() < latest.until)
      return fromAllowedAddress(latest.caller, remoteAddress);
    const key = createHmac('sha256', this.#key).update(authorization, 'latin1').digest('base64');
    const remembered = this.#verified.get(key);
    if (remembered !== undefined && this.#now() < remembered.until) {
      this.#onConnection.set(connection, { ...remembered, authorization });
      return fromAllowedAddress(remembered.caller, remoteAddress);
    }
    return this.#verifyOnce(key, authorization, remoteAddress);
  }

  #verifyOnce(key: string, authorization: string, remoteAddress: string): Promise<Authentication> {
    // The address is part of the key: the answer may depend on it.
    const pendingKey = `${key} ${remoteAddress}`;
    let pending = this.#pending.get(pendingKey);
    if (pending === undefined) {
      // A credential that was right lately: the lock of its name is not meant for it.
      const proven = this.#proven.has(key);
      pending = this.#verify(authorization, remoteAddress, proven)
        .then((result) => {
          if ('caller' in result) {
            this.#verified.set(key, { caller: result.caller, until: this.#now() + this.#lifetime });
            this.#proven.set(key, true);
          }
          return result;
        })
        .finally(() => this.#pending.delete(pendingKey));
      this.#pending.set(pendingKey, pending);
    }
    return pending;
  }

  async #verify(authorization: string, remoteAddress: string, proven: boolean): Promise<Authentication> {
    const readings = readBasicCredentials(authorization);
    const typed = readings[0]?.username;
    if (typed === undefined) return { refusal: 'no-credentials' };
    // Whichever mailbox stands behind it: failures and locks are the caller's.
    const username = nameOfCaller(this.#callers, typed);
    const entries = readings.map((reading) => ({ ...reading, entry: this.#entryOf(reading.username) }));
    const known = entries.find(({ entry }) => entry !== undefined)?.entry;
    if (!proven) {
      const until = await this.#lockout.lockedUntil(username, remoteAddress);
      if (until !== undefined)
        return this.#refuseInTime({ refusal: 'locked', username, locks: [{ kind: 'name', subject: username, until }] });
    }
    if (known !== undefined && 'refusal' in fromAllowedAddress(known.caller, remoteAddress)) {
      const locks = await this.#lockout.failed(username, remoteAddress, false);
      return this.#refuseInTime({ refusal: 'source-address', username, locks });
    }
    const [first] = entries;
    if (first?.entry !== undefined && first.password !== '' && this.#enrolments.claim(first.entry.name))
      return this.#enrol(first.entry, first.password);
    for (const { password, entry } of entries) {
      const hash = entry?.hash ?? this.#decoy;
      const verify = async (): Promise<boolean> => {
        // It may have been locked by those that were before it in the queue.
        if (!proven && (await this.#lockout.lockedUntil(username, remoteAddress)) !== undefined) return false;
        return this.#timed(() => matchesPassword(password, hash));
      };
      // After a wrong one its turn rests: a flood gets a quarter of a core, and who is right loses nothing.
      const matches = await this.#turns[proven ? 'proven' : 'unproven'].run(verify, (right) =>
        right ? 0 : REST * this.#hashTime,
      );
      // Each reading of the credentials may be another caller, with other addresses.
      if (entry?.hash !== undefined && matches && 'caller' in fromAllowedAddress(entry.caller, remoteAddress)) {
        await this.#lockout.succeeded(username);
        return { caller: entry.caller };
      }
    }
    const locks = await this.#lockout.failed(username, remoteAddress, known?.hash !== undefined);
    return {
      refusal: known === undefined ? 'unknown-user' : known.hash === undefined ? 'no-password-yet' : 'wrong-password',
      username,
      locks,
    };
  }

  /** Whose the name is: a caller of this name, or a mailbox of a domain that is one. */
  #entryOf(username: string): Entry | undefined {
    const caller = findCaller(this.#callers, username);
    if (caller === undefined) return undefined;
    const name = normalName(caller.username);
    const configured = caller.domainPasswords === undefined ? caller.passwordHash : caller.domainPasswords.get(name);
    const text = this.#enrolments.hashOf(name, configured);
    return { caller, name, configured, hash: text === undefined ? undefined : parsePasswordHash(text) };
  }

  /** The caller a user name belongs to, without any proof that somebody is that caller. */
  callerNamed(username: string): CallerConfig | undefined {
    return this.#entryOf(username)?.caller;
  }

  /** Whether a password is known for the name, configured or enrolled. */
  hasPassword(username: string): boolean {
    return this.#entryOf(username)?.hash !== undefined;
  }

  /** Addresses of a domain with a password of their own. */
  mailboxesOf(domain: CallerConfig): string[] {
    const suffix = normalName(domain.username);
    return [
      ...new Set([
        ...(domain.domainPasswords?.keys() ?? []),
        ...this.#enrolments.names().filter((name) => name.endsWith(suffix) && !this.#callers.has(name)),
      ]),
    ];
  }

  /**
   * Opens a window in which the first password that comes for a name is taken over.
   *
   * @returns why not, else undefined
   */
  openEnrolment(username: string, until: Date, replace: boolean): 'unknown-user' | 'has-password' | undefined {
    const entry = this.#entryOf(username);
    if (entry === undefined) return 'unknown-user';
    if (entry.hash !== undefined && !replace) return 'has-password';
    this.#enrolments.open(entry.name, until);
    return undefined;
  }

  async #enrol({ caller, name, configured }: Entry, password: string): Promise<Authentication> {
    this.#enrolments.pin(name, await this.#turns.proven.run(() => hashPassword(password, this.#cost)), configured);
    // What was right until now may be another password.
    this.#verified.clear();
    this.#onConnection = new WeakMap();
    this.#onEnrolled(name);
    return { caller };
  }

  /** Answers after the time a wrong password takes, without its work. */
  async #refuseInTime(refusal: Authentication): Promise<Authentication> {
    await new Promise((resolve) => setTimeout(resolve, this.#hashTime * (0.9 + Math.random() / 5)).unref());
    return refusal;
  }

  async #timed<T>(task: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await task();
    this.#hashTime += (performance.now() - startedAt - this.#hashTime) / 8;
    return result;
  }
}

function fromAllowedAddress(caller: CallerConfig, remoteAddress: string): Authentication {
  return caller.from === undefined || caller.from.includes(remoteAddress)
    ? { caller }
    : { refusal: 'source-address', username: caller.username };
}

/** Lets a bounded number of computations run, and a bounded number wait. */
class Turns {
  #free: number;
  readonly #queueLength: number;
  readonly #waiting: (() => void)[] = [];

  constructor(concurrency: number, queueLength: number) {
    this.#free = concurrency;
    this.#queueLength = queueLength;
  }

  /** @param restAfter how long its turn is kept after the result was given, in milliseconds */
  async run<T>(task: () => Promise<T>, restAfter: (result: T) => number = (): number => 0): Promise<T> {
    if (this.#free > 0) this.#free--;
    else if (this.#waiting.length < this.#queueLength)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else {
      throw new GatewayError(
        'VERIFICATION_OVERLOADED',
        'The gateway is busy verifying passwords. Try again in a few seconds.',
        { backOffMilliseconds: 5_000 },
      );
    }
    let rest = 0;
    try {
      const result = await task();
      rest = restAfter(result);
      return result;
    } finally {
      // Clients that wait keep the process alive; their turns alone do not hold up its end.
      if (rest > 0) setTimeout(() => this.#release(), rest).unref();
      else this.#release();
    }
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
