/**
 * Finds out who is calling. From outside, a wrong password, an unknown name, a wrong source address
 * and a locked name look the same and take the same time; only the first costs a computation, and just one.
 */
import { availableParallelism } from 'node:os';
import type { CallerConfig } from '../config/types.ts';
import { networkOf } from '../network/addresses.ts';
import type { Authentication, Refusal, Refused } from './authentication.ts';
import { readBasicCredentials, type Credentials } from './basic-credentials.ts';
import { CallerDirectory, type CallerEntry } from './caller-directory.ts';
import { CredentialCache } from './credential-cache.ts';
import type { Enrolments } from './enrolments.ts';
import { HashUpgrades, type Upgraded } from './hash-upgrades.ts';
import type { Lock, Lockout } from './lockout.ts';
import { hashPassword, hasQuestionMarks, type HashingOptions } from './password-hash.ts';
import { PasswordVerifier } from './password-verifier.ts';
import { RefusalTiming } from './refusal-timing.ts';
import { VerificationQueue, type Attempt } from './verification-queue.ts';

/** What is known of a client's connection; a Socket is one. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
}

export interface AuthenticatorOptions {
  readonly callers: readonly CallerConfig[];
  readonly lockout: Lockout;
  readonly enrolments: Enrolments;
  /** Told when an enrolment has learned a password. */
  readonly onEnrolled?: (name: string, hasQuestionMarks: boolean) => void;
  /** Told when the new hash of a password could not be kept. */
  readonly onUpgradeFailed?: (error: unknown) => void;
  /** The one of the configuration before: what was verified stays so, where its hash did not change. */
  readonly previous?: Authenticator | undefined;
  readonly hashing?: HashingOptions | undefined;
  /** Hash computations at a time; each takes a core and some 19 MiB. */
  readonly concurrency?: number;
  /** Sign-ins of one network that may wait; default: as many as there are callers. */
  readonly queueLength?: number;
}

interface OnConnection {
  readonly authorization: string;
  readonly caller: CallerConfig;
  /** See CredentialCache. */
  readonly revocations: number;
}

interface SignIn extends Credentials {
  /** Whose failures count: {@link Credentials.username} without the mailbox that may stand behind it. */
  readonly name: string;
  readonly key: string;
  readonly remoteAddress: string;
  /** It was right before: the lock of its name is not meant for it. */
  readonly proven: boolean;
}

const DEFAULT_CONCURRENCY = Math.min(3, availableParallelism());
const SHORTEST_QUEUE = 64;

export class Authenticator {
  readonly #directory: CallerDirectory;
  readonly #options: Omit<AuthenticatorOptions, 'previous'>;
  readonly #enrolments: Enrolments;
  readonly #lockout: Lockout;
  readonly #cache: CredentialCache;
  readonly #queue: VerificationQueue;
  readonly #timing: RefusalTiming;
  /** The last credential verified on each connection: comparing is a tenth of the work of the HMAC. */
  readonly #onConnection = new WeakMap<object, OnConnection>();
  readonly #pending = new Map<string, Promise<Authentication>>();
  readonly #upgrades: HashUpgrades;
  readonly #verifier: PasswordVerifier;

  constructor({ previous, ...options }: AuthenticatorOptions) {
    // Without `previous`, or each would keep all before it.
    this.#options = options;
    this.#directory = new CallerDirectory(options.callers, options.enrolments);
    this.#enrolments = options.enrolments;
    this.#lockout = options.lockout;
    const { hashing } = options;
    this.#cache = previous === undefined ? new CredentialCache() : previous.#cache;
    this.#queue = new VerificationQueue({
      concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
      queueLength: options.queueLength ?? Math.max(SHORTEST_QUEUE, this.#directory.size),
    });
    // Another hash may count now: what connections remember is looked up again.
    options.enrolments.onTaken = () => this.#cache.lookAgain();
    this.#timing = new RefusalTiming(hashing?.refusalTime);
    this.#verifier = previous === undefined ? new PasswordVerifier(hashing?.refusalTime) : previous.#verifier;
    this.#upgrades = new HashUpgrades({
      hash: (password) => hashPassword(password, hashing?.cost),
      isIdle: () => this.#queue.waiting === 0,
      keep: (upgraded) => this.#keepUpgraded(upgraded),
      onFailed: options.onUpgradeFailed ?? ((): void => undefined),
    });
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
    if (
      latest !== undefined &&
      latest.authorization === authorization &&
      latest.revocations === this.#cache.revocations &&
      isAllowed(latest.caller, remoteAddress)
    )
      return { caller: latest.caller };
    const readings = readBasicCredentials(authorization);
    const credentials = readings.find(({ username }) => this.#directory.find(username) !== undefined) ?? readings[0];
    if (credentials === undefined) return { refusal: 'no-credentials' };
    const key = this.#cache.keyOf(credentials);
    const entry = this.#directory.find(credentials.username);
    if (
      entry !== undefined &&
      this.#cache.isVerified(key, entry.hash?.text) &&
      isAllowed(entry.caller, remoteAddress)
    ) {
      this.#onConnection.set(connection, { authorization, caller: entry.caller, revocations: this.#cache.revocations });
      return { caller: entry.caller };
    }
    return this.#verifyOnce({
      ...credentials,
      name: this.#directory.nameOf(credentials.username),
      key,
      remoteAddress,
      proven: this.#cache.wasRight(key),
    });
  }

  #verifyOnce(signIn: SignIn): Promise<Authentication> {
    // The address is part of the key: the answer may depend on it.
    const pendingKey = `${signIn.key} ${signIn.remoteAddress}`;
    let pending = this.#pending.get(pendingKey);
    if (pending === undefined) {
      pending = this.#verify(signIn).finally(() => this.#pending.delete(pendingKey));
      this.#pending.set(pendingKey, pending);
    }
    return pending;
  }

  async #verify(signIn: SignIn): Promise<Authentication> {
    const begun = this.#timing.begin();
    const result = await this.#queue.run(this.#queueOf(signIn), () => this.#attempt(signIn));
    if ('caller' in result) {
      await this.#lockout.succeeded(signIn.name);
      return result;
    }
    // A password that was revoked has lost what it had earned.
    if (result.refusal !== 'source-address') this.#cache.forget(signIn.key);
    const locks = result.locks ?? (await this.#countFailure(signIn, result.refusal));
    await this.#timing.wait(begun);
    return { ...result, username: signIn.name, locks };
  }

  /** Callers with `from`, and who was right before, have a queue of their own. */
  #queueOf({ username, remoteAddress, proven }: SignIn): string {
    const entry = this.#directory.find(username);
    if (entry !== undefined && isAllowed(entry.caller, remoteAddress)) {
      if (proven) return `proven ${entry.name}`;
      if (entry.caller.from !== undefined) return `from ${entry.name}`;
    }
    return networkOf(remoteAddress, { ipv4: 24, ipv6: 64 });
  }

  /** When it is served. While it waited, others may have locked the name or enrolled a password. */
  async #attempt(signIn: SignIn): Promise<Attempt<Authentication>> {
    const { username, name, password, remoteAddress } = signIn;
    const until = signIn.proven ? undefined : await this.#lockout.lockedUntil(name, remoteAddress);
    if (until !== undefined) return notTried({ refusal: 'locked', locks: [{ kind: 'name', key: name, until }] });
    const entry = this.#directory.find(username);
    if (entry !== undefined && !isAllowed(entry.caller, remoteAddress)) return notTried({ refusal: 'source-address' });
    const enrolling =
      entry !== undefined && password !== '' && this.#enrolments.isOpen(entry.name, entry.hash !== undefined);
    if (entry?.hash === undefined) {
      if (enrolling) return this.#enrol(entry, signIn);
      // The same place in the queue and the same time as a wrong password, without its work.
      await this.#verifier.pretend();
      if (entry !== undefined) return failed({ refusal: 'no-password-yet' });
      return failed({ refusal: this.#directory.isQuestionMarksForm(username) ? 'question-marks' : 'unknown-user' });
    }
    const { questionMarks } = entry.hash.parsed;
    // Its having a second hash means that the password is not ASCII: one that is can only be its other form.
    if (questionMarks !== undefined && hasQuestionMarks(password)) {
      if (await this.#verifier.matches(password, questionMarks)) return failed({ refusal: 'question-marks' });
    } else if (await this.#verifier.matches(password, entry.hash.parsed)) {
      this.#remember(signIn.key, entry, entry.hash.text);
      if (entry.hash.parsed.kind !== 'argon2id')
        this.#upgrades.add(entry.name, { password, old: entry.hash.text, configured: entry.configured });
      return { result: { caller: entry.caller }, outcome: 'right' };
    }
    if (enrolling) return this.#enrol(entry, signIn);
    const maybe = questionMarks === undefined && hasQuestionMarks(password);
    return failed({ refusal: 'wrong-password', ...(maybe ? { maybeQuestionMarks: true } : {}) });
  }

  /** Ends the enrolment with the first password that is not the old one, which counts no longer from then on. */
  async #enrol(entry: CallerEntry, { key, password }: SignIn): Promise<Attempt<Authentication>> {
    // Another sign-in has taken it while this one was compared with the old password.
    if (!(await this.#enrolments.claim(entry.name, entry.hash !== undefined)))
      return failed({ refusal: 'wrong-password' });
    const hash = await hashPassword(password, this.#options.hashing?.cost);
    this.#enrolments.pin([{ name: entry.name, hash, configured: entry.configured }]);
    this.#cache.forgetName(entry.name);
    this.#remember(key, entry, hash);
    this.#options.onEnrolled?.(entry.name, hasQuestionMarks(password));
    return { result: { caller: entry.caller }, outcome: 'right' };
  }

  #remember(key: string, { name }: CallerEntry, hash: string): void {
    this.#cache.remember(key, name, hash);
  }

  /** Only of names whose hash is still the one that was verified. */
  #keepUpgraded(upgraded: readonly Upgraded[]): void {
    const current = upgraded.filter(({ name, old }) => this.#directory.find(name)?.hash?.text === old);
    if (current.length === 0) return;
    this.#enrolments.pin(current);
    for (const { name, old, hash } of current) this.#cache.rebind(name, old, hash);
  }

  async #countFailure({ name, remoteAddress }: SignIn, refusal: Refusal): Promise<readonly Lock[]> {
    const hasPassword = refusal === 'wrong-password' || refusal === 'question-marks';
    return this.#lockout.failed(name, remoteAddress, hasPassword);
  }

  /** The caller a user name belongs to, without any proof that somebody is that caller. */
  callerNamed(username: string): CallerConfig | undefined {
    return this.#directory.find(username)?.caller;
  }

  /** Whether a password is known for the name, configured or enrolled. */
  hasPassword(username: string): boolean {
    return this.#directory.find(username)?.hash !== undefined;
  }

  /** Addresses of a domain with a password of their own. */
  mailboxesOf(domain: CallerConfig): string[] {
    return this.#directory.mailboxesOf(domain);
  }

  /**
   * Starts an enrolment: the gateway learns the password of a name from its next sign-in.
   *
   * @returns why not, else undefined
   */
  openEnrolment(username: string, until: Date, replace: boolean): 'unknown-user' | 'has-password' | undefined {
    const entry = this.#directory.find(username);
    if (entry === undefined) return 'unknown-user';
    if (entry.hash !== undefined && !replace) return 'has-password';
    this.#enrolments.open(entry.name, until, replace);
    return undefined;
  }

  /** Ends when the hashes that are due for a new kind have one. */
  get upgraded(): Promise<void> {
    return this.#upgrades.done;
  }
}

function isAllowed(caller: CallerConfig, remoteAddress: string): boolean {
  return caller.from === undefined || caller.from.includes(remoteAddress);
}

function failed(result: Refused): Attempt<Authentication> {
  return { result, outcome: 'failed' };
}

/** Refused without looking at the password. */
function notTried(result: Refused): Attempt<Authentication> {
  return { result, outcome: 'not-tried' };
}
