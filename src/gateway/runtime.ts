/**
 * Everything that comes from one configuration and serves requests. A reload makes a new one;
 * tokens and connections of registrations that did not change are taken over.
 */
import type { Logger } from 'pino';
import type { Backend } from '../backends/backend.ts';
import { Authenticator } from '../callers/authenticator.ts';
import { Enrolments } from '../callers/enrolments.ts';
import { Lockout } from '../callers/lockout.ts';
import type { HashingOptions } from '../callers/password-hash.ts';
import { SubscriptionOwners } from '../callers/subscription-owners.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../config/types.ts';
import { ExchangeBackend, type BackendStatus } from '../backends/exchange/backend.ts';
import { CookieSigner } from '../backends/exchange/cookies.ts';
import { connectionsTo } from '../network/outbound.ts';
import { TokenStore } from '../state/token-store.ts';
import { delegatedClient } from '../tokens/delegated-client.ts';
import { entraClient, type FetchToken } from '../tokens/entra-client.ts';
import { TokenSource, type TokenEvent } from '../tokens/token-source.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface Registration {
  readonly config: RegistrationConfig;
  /** The tokens with which a mailbox is reached. */
  tokensFor(mailbox: string): TokenSource;
  /** What must be had for the registration to serve: its one token, or each mailbox's, by name. */
  readonly required: ReadonlyMap<string, TokenSource>;
  readonly backend: Backend & { status(): BackendStatus };
  /** Ends its timers and, once its requests are done, its connections. */
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly hashing?: HashingOptions | undefined;
  /** The one before a reload. */
  readonly previous?: Runtime;
}

export class Runtime {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly lockout: Lockout;
  readonly enrolments: Enrolments;
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly subscriptions: SubscriptionOwners;
  readonly #cookies: CookieSigner;

  constructor(config: Config, log: Logger, metrics: Metrics, { hashing, previous }: RuntimeOptions = {}) {
    this.config = config;
    this.#cookies = previous === undefined ? new CookieSigner() : previous.#cookies;
    this.subscriptions = previous === undefined ? new SubscriptionOwners() : previous.subscriptions;
    this.enrolments =
      previous !== undefined && previous.config.stateFile === config.stateFile
        ? previous.enrolments
        : new Enrolments(config.stateFile);
    this.lockout =
      previous !== undefined && JSON.stringify(previous.config.lockout) === JSON.stringify(config.lockout)
        ? previous.lockout
        : new Lockout(config.lockout);
    if (previous !== undefined) forgetFailures(this.lockout, previous.config, config);
    this.authenticator = new Authenticator({
      callers: config.callers,
      lockout: this.lockout,
      enrolments: this.enrolments,
      onEnrolled: (name) =>
        log.warn(
          { caller: name, file: config.stateFile },
          'password enrolled: the first one that came was taken over, and the window is closed',
        ),
      hashing,
      previous: previous?.authenticator,
      cacheLifetime: config.limits.credentialCacheSeconds * 1000,
    });
    this.registrations = new Map(
      [...config.registrations].map(([name, registration]) => {
        const old = previous?.registrations.get(name);
        const unchanged =
          old !== undefined &&
          previous !== undefined &&
          sameUpstream(previous.config, old.config, config, registration);
        return [
          name,
          unchanged ? old : openRegistration(registration, { config, cookies: this.#cookies, log, metrics }),
        ];
      }),
    );
  }

  registrationOf(caller: CallerConfig): Registration {
    const registration = this.registrations.get(caller.registration);
    if (registration === undefined) throw new Error(`caller ${caller.username} has no registration`);
    return registration;
  }

  /** Closes what `successor` did not take over; without one, everything. */
  async close(successor?: Runtime): Promise<void> {
    const kept = new Set(successor?.registrations.values());
    await Promise.all(
      [...this.registrations.values()]
        .filter((registration) => !kept.has(registration))
        .map((registration) => registration.close()),
    );
  }
}

function sameUpstream(
  oldConfig: Config,
  old: RegistrationConfig,
  config: Config,
  registration: RegistrationConfig,
): boolean {
  const relevant = (whole: Config, one: RegistrationConfig): string =>
    JSON.stringify([
      one,
      whole.outbound,
      whole.limits,
      whole.throttling,
      ...(one.flow === 'delegated' ? [whole.tokenStore, mailboxesOf(whole, one)] : []),
    ]);
  return relevant(oldConfig, old) === relevant(config, registration);
}

/** A password that was mended in the configuration is not to wait for the end of a lock. */
function forgetFailures(lockout: Lockout, before: Config, now: Config): void {
  const hashes = new Map(before.callers.map(({ username, passwordHash }) => [username, passwordHash]));
  for (const { username, passwordHash } of now.callers)
    if (hashes.get(username) !== passwordHash) void lockout.succeeded(username);
}

/** What a delegated registration has to have a sign-in for. */
function mailboxesOf({ callers }: Config, { name }: RegistrationConfig): string[] {
  return callers
    .filter((caller) => caller.registration === name && caller.domainPasswords === undefined)
    .map(({ mailbox }) => mailbox);
}

interface Environment {
  readonly config: Config;
  readonly cookies: CookieSigner;
  readonly log: Logger;
  readonly metrics: Metrics;
}

function openRegistration(registration: RegistrationConfig, environment: Environment): Registration {
  const { outbound, limits, throttling, tokenStore } = environment.config;
  const dispatcher = connectionsTo(new URL(registration.loginOrigin), outbound);
  const backend = new ExchangeBackend({
    registration,
    cookies: environment.cookies,
    outbound,
    throttling,
    queueEvents: environment.metrics.queueEvents(registration.name),
    connections: limits.upstreamConnections,
    responseTimeout: limits.responseSeconds * 1000,
  });
  const sources = new Map<string, TokenSource>();
  const sourceOf = (name: string, fetch: () => FetchToken): TokenSource => {
    let source = sources.get(name);
    if (source === undefined)
      sources.set(
        name,
        (source = new TokenSource(fetch(), (event) => report(registration.name, name, event, environment))),
      );
    return source;
  };
  const tokensFor = (mailbox: string): TokenSource => {
    if (registration.flow === 'application') return sourceOf('', () => entraClient(registration, { dispatcher }));
    if (tokenStore === undefined) throw new Error('a delegated registration without a token store');
    const store = new TokenStore(tokenStore.folder, tokenStore.key);
    return sourceOf(mailbox.toLowerCase(), () => delegatedClient(registration, mailbox, store, { dispatcher }));
  };
  const required =
    registration.flow === 'application'
      ? new Map([['', tokensFor('')]])
      : new Map(mailboxesOf(environment.config, registration).map((mailbox) => [mailbox, tokensFor(mailbox)]));
  return {
    config: registration,
    tokensFor,
    required,
    backend,
    async close() {
      // Requests that wait may still need a token.
      await backend.close();
      for (const source of sources.values()) source.close();
      await dispatcher.close();
    },
  };
}

/** Tells log and metrics about a token request; `mailbox` is '' for the app's own token. */
function report(registration: string, mailbox: string, event: TokenEvent, { log, metrics }: Environment): void {
  const about = { registration, ...(mailbox === '' ? {} : { mailbox }) };
  if (event.kind === 'obtained') {
    metrics.tokenObtained(registration, event.expiresAt);
    log.info({ ...about, expiresAt: new Date(event.expiresAt).toISOString() }, 'token obtained');
  } else {
    metrics.tokenFailed(registration);
    log.error(
      {
        ...about,
        aadsts: event.error.aadsts,
        retryInSeconds: Math.round(event.retryIn / 1000),
        reason: event.error.message,
      },
      'no token',
    );
  }
}
