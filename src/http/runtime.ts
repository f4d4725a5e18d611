/**
 * Everything that comes from one configuration and serves requests. A reload makes a new one;
 * tokens and connections of registrations that did not change are taken over.
 */
import { rootCertificates } from 'node:tls';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import type { Backend } from '../backend.ts';
import { Authenticator } from '../callers/authenticator.ts';
import { Enrolments } from '../callers/enrolments.ts';
import { Lockout } from '../callers/lockout.ts';
import { SubscriptionOwners } from '../callers/subscription-owners.ts';
import type { CallerConfig, Config, RegistrationConfig } from '../config/types.ts';
import { ExchangeBackend } from '../exchange/backend.ts';
import { CookieSigner } from '../exchange/cookies.ts';
import { entraClient } from '../tokens/entra-client.ts';
import { TokenSource } from '../tokens/token-source.ts';
import type { Metrics } from './metrics.ts';

export interface Registration {
  readonly config: RegistrationConfig;
  readonly tokens: TokenSource;
  readonly backend: Backend;
  /** Ends its timers and, once its requests are done, its connections. */
  close(): Promise<void>;
}

export class Runtime {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly lockout: Lockout;
  readonly enrolments: Enrolments;
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly subscriptions: SubscriptionOwners;
  readonly #cookies: CookieSigner;

  constructor(config: Config, log: Logger, metrics: Metrics, previous?: Runtime) {
    this.config = config;
    this.#cookies = previous === undefined ? new CookieSigner() : previous.#cookies;
    this.subscriptions = previous === undefined ? new SubscriptionOwners() : previous.subscriptions;
    this.enrolments = previous !== undefined && previous.config.stateFile === config.stateFile ? previous.enrolments : new Enrolments(config.stateFile);
    this.lockout = previous !== undefined && JSON.stringify(previous.config.lockout) === JSON.stringify(config.lockout) ? previous.lockout : new Lockout(config.lockout);
    this.authenticator = new Authenticator({ callers: config.callers, lockout: this.lockout, enrolments: this.enrolments, onEnrolled: (name) => log.warn({ caller: name, file: config.stateFile }, 'password enrolled: the first one that came was taken over, and the window is closed'), previous: previous?.authenticator, cacheLifetime: config.limits.credentialCacheSeconds * 1000 });
    this.registrations = new Map(
      [...config.registrations].map(([name, registration]) => {
        const old = previous?.registrations.get(name);
        const unchanged = old !== undefined && previous !== undefined && sameUpstream(previous.config, old.config, config, registration);
        return [name, unchanged ? old : openRegistration(registration, config, this.#cookies, log, metrics)];
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
    await Promise.all([...this.registrations.values()].filter((registration) => !kept.has(registration)).map((registration) => registration.close()));
  }
}

function sameUpstream(oldConfig: Config, old: RegistrationConfig, config: Config, registration: RegistrationConfig): boolean {
  const relevant = (whole: Config, one: RegistrationConfig): string => JSON.stringify([one, whole.caCertificates, whole.limits]);
  return relevant(oldConfig, old) === relevant(config, registration);
}

function openRegistration(config: RegistrationConfig, { caCertificates, limits }: Config, cookies: CookieSigner, log: Logger, metrics: Metrics): Registration {
  const ca = caCertificates.length === 0 ? undefined : [...rootCertificates, ...caCertificates];
  const entra = new Agent({ connect: { timeout: 10_000, ...(ca === undefined ? {} : { ca }) } });
  const tokens = new TokenSource(entraClient(config, { dispatcher: entra }), (event) => {
    if (event.kind === 'obtained') {
      metrics.tokenObtained(config.name, event.expiresAt);
      log.info({ registration: config.name, expiresAt: new Date(event.expiresAt).toISOString() }, 'token obtained');
    } else {
      metrics.tokenFailed(config.name);
      log.error({ registration: config.name, aadsts: event.error.aadsts, retryInSeconds: Math.round(event.retryIn / 1000), reason: event.error.message }, 'no token');
    }
  });
  const backend = new ExchangeBackend({
    registration: config,
    tokens,
    cookies,
    ca,
    connections: limits.upstreamConnections,
    responseTimeout: limits.responseSeconds * 1000,
  });
  return {
    config,
    tokens,
    backend,
    async close() {
      tokens.close();
      await Promise.all([backend.close(), entra.close()]);
    },
  };
}
