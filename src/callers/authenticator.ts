/**
 * Finds out who is calling. From outside, a wrong password, an unknown name and a wrong source
 * address look the same and take the same time.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { CallerConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { readBasicCredentials } from './basic-credentials.ts';
import { matchesPassword, parsePasswordHash, type PasswordHash } from './password-hash.ts';

/** Why a caller was not let in: for the log, never for the client. */
export type Refusal = 'no-credentials' | 'unknown-user' | 'wrong-password' | 'source-address';

export type Authentication =
  | { readonly caller: CallerConfig }
  | { readonly refusal: Refusal; /** The name that was tried, if one could be read. */ readonly username?: string };

/** What is known of a client's connection; a Socket is one. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
}

export interface AuthenticatorOptions {
  readonly callers: readonly CallerConfig[];
  /** How long a verified credential is remembered, in milliseconds. */
  readonly cacheLifetime: number;
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
  readonly hash: PasswordHash;
}

const MAX_REMEMBERED = 10_000;

export class Authenticator {
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Stands in for unknown users, so that they cost what a wrong password costs. */
  readonly #decoy: PasswordHash | undefined;
  readonly #key = createSecretKey(randomBytes(32));
  readonly #verified: LRUCache<string, Verified>;
  /** The last credential verified on each connection: comparing is a tenth of the work of the HMAC. */
  readonly #onConnection = new WeakMap<object, Verified & { readonly authorization: string }>();
  readonly #pending = new Map<string, Promise<Authentication>>();
  readonly #turns: Turns;
  readonly #lifetime: number;
  readonly #now: () => number;

  constructor(options: AuthenticatorOptions) {
    this.#entries = new Map(
      options.callers.flatMap((caller) => {
        const hash = parsePasswordHash(caller.passwordHash);
        return hash === undefined ? [] : [[normalize(caller.username), { caller, hash }]];
      }),
    );
    this.#decoy = [...this.#entries.values()][0]?.hash;
    this.#verified = new LRUCache({ max: MAX_REMEMBERED });
    this.#turns = new Turns(options.concurrency ?? 2, options.queueLength ?? 64);
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
    if (latest !== undefined && latest.authorization === authorization && this.#now() < latest.until) return fromAllowedAddress(latest.caller, remoteAddress);
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
      pending = this.#verify(authorization, remoteAddress)
        .then((result) => {
          if ('caller' in result) this.#verified.set(key, { caller: result.caller, until: this.#now() + this.#lifetime });
          return result;
        })
        .finally(() => this.#pending.delete(pendingKey));
      this.#pending.set(pendingKey, pending);
    }
    return pending;
  }

  async #verify(authorization: string, remoteAddress: string): Promise<Authentication> {
    const readings = readBasicCredentials(authorization);
    let refusal: Authentication = { refusal: 'no-credentials' };
    for (const { username, password } of readings) {
      const entry = this.#entries.get(normalize(username));
      const hash = entry?.hash ?? this.#decoy;
      const allowed = entry === undefined ? undefined : fromAllowedAddress(entry.caller, remoteAddress);
      const matches = hash !== undefined && (await this.#turns.run(() => matchesPassword(password, hash)));
      if (allowed !== undefined && 'caller' in allowed && matches) return allowed;
      if ('refusal' in refusal && refusal.refusal !== 'wrong-password') {
        refusal = allowed !== undefined && 'refusal' in allowed ? allowed : { refusal: entry === undefined ? 'unknown-user' : 'wrong-password', username };
      }
    }
    return refusal;
  }
}

function normalize(username: string): string {
  return username.normalize('NFC').toLowerCase();
}

function fromAllowedAddress(caller: CallerConfig, remoteAddress: string): Authentication {
  const { from } = caller;
  if (from === undefined) return { caller };
  // An IPv4 client on a dual-stack listener appears as ::ffff:a.b.c.d.
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '');
  return from.check(address, isIPv4(address) ? 'ipv4' : 'ipv6') ? { caller } : { refusal: 'source-address', username: caller.username };
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

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else if (this.#waiting.length < this.#queueLength) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else {
      throw new GatewayError('VERIFICATION_OVERLOADED', 'The gateway is busy verifying passwords. Try again in a few seconds.', { backOffMilliseconds: 5_000 });
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
