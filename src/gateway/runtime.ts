/**
 * Everything that comes from one configuration and serves requests. A reload makes a new one; tokens and connections
 * of registrations that did not change are kept.
 */
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { REAL_CLOCK, type Clock } from '../backends/clock.ts';
import { Authenticator, type AuthenticatorOptions } from '../callers/authenticator.ts';
import type { Enrolments } from '../callers/enrolments.ts';
import { Lockout } from '../callers/lockout.ts';
import type { HashingOptions } from '../callers/password-hash.ts';
import type { SubscribedCallers } from '../callers/subscribed-callers.ts';
import type { CallerConfig, Config } from '../config/types.ts';
import { EnvelopeHeadCache } from '../soap/envelope-head-cache.ts';
import type { Fleet, FleetCommand } from '../fleet/fleet.ts';
import { ownStateKey } from '../state/state-key.ts';
import { FileSpool } from '../state/spool.ts';
import { StateSealer } from '../state/state-sealer.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { KeptState } from './kept-state.ts';
import { backendOf, isSameRegistration, openRegistration, type Registration } from './registration.ts';

/** Of all requests' large contents together, in bytes. */
const SPOOL_QUOTA = 1024 * 1024 * 1024;
/** Beside the state file. */
const STATE_KEY_FILE = 'gateway-state.key';

const ENROLLED_QUESTION_MARKS =
  '. It holds a ?: some clients send that for each letter beyond ASCII, and any such letter would match it';

export interface RuntimeOptions {
  readonly hashing?: HashingOptions | undefined;
  /** The one before a reload. */
  readonly previous?: Runtime;
  /** What time it is for the end of EWS; default: the real one. */
  readonly clock?: Clock | undefined;
  /** Called with what another gateway of the fleet asks of all. */
  readonly onCommand?: ((command: FleetCommand, from: string) => void) | undefined;
}

export class Runtime {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly lockout: Lockout;
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly heads: EnvelopeHeadCache;
  /** What other runtimes go on with. */
  readonly state: KeptState;
  readonly #spools: FileSpool;
  #sealer: StateSealer | undefined;
  readonly #registrationsOf = new WeakMap<CallerConfig, Registration>();

  constructor(config: Config, log: Logger, metrics: Metrics, options: RuntimeOptions = {}) {
    const { hashing, previous, clock, onCommand = () => undefined } = options;
    this.config = config;
    this.state = new KeptState(config, { log, previous: previous?.state, onCommand });
    this.#spools = previous === undefined ? new FileSpool(tmpdir(), SPOOL_QUOTA) : previous.#spools;
    this.heads = previous === undefined ? new EnvelopeHeadCache() : previous.heads;
    this.lockout =
      previous !== undefined &&
      previous.state.lockouts === this.state.lockouts &&
      JSON.stringify(previous.config.lockout) === JSON.stringify(config.lockout)
        ? previous.lockout
        : new Lockout(config.lockout, this.state.lockouts);
    if (previous !== undefined) forgetFailures(this.lockout, previous.config, config);
    this.authenticator = new Authenticator({
      callers: config.callers,
      lockout: this.lockout,
      enrolments: this.enrolments,
      ...passwordEvents(config, log),
      hashing,
      previous: previous?.authenticator,
    });
    const environment = {
      config,
      cookies: this.state.cookies,
      heads: this.heads,
      log,
      metrics,
      spools: this.#spools,
      choices: this.state.choices,
      clock: clock ?? REAL_CLOCK,
      signIns: this.state.signIns,
      fleet: this.fleet,
      guids: this.state.guids,
    };
    this.registrations = new Map(
      [...config.registrations].map(([name, registration]) => {
        const old = previous?.registrations.get(name);
        const kept =
          old !== undefined &&
          previous !== undefined &&
          isSameRegistration(previous.config, old.config, config, registration);
        return [name, kept ? old : openRegistration(registration, environment)];
      }),
    );
  }

  /** The other gateways, where there are some. */
  get fleet(): Fleet | undefined {
    return this.state.fleet;
  }

  get enrolments(): Enrolments {
    return this.state.enrolments;
  }

  get subscriptions(): SubscribedCallers {
    return this.state.subscriptions;
  }

  /** The registration of a caller, with the backend that answers it. */
  registrationOf(caller: CallerConfig): Registration {
    const known = this.#registrationsOf.get(caller);
    if (known !== undefined) return known;
    const registration = this.registrations.get(caller.registration);
    if (registration === undefined) throw new Error(`caller ${caller.username} has no registration`);
    const own = { ...registration, backend: backendOf(registration, caller.backend) };
    this.#registrationsOf.set(caller, own);
    return own;
  }

  /** Made at its first use: EWS alone needs no key. */
  get sealer(): StateSealer {
    const { stateKeys, stateFile } = this.config;
    this.#sealer ??= new StateSealer(
      stateKeys.length > 0 ? stateKeys : [ownStateKey(join(dirname(stateFile), STATE_KEY_FILE))],
    );
    return this.#sealer;
  }

  /** Closes what `successor` did not keep; without one, everything. */
  async close(successor?: Runtime): Promise<void> {
    const kept = new Set(successor?.registrations.values());
    const closing = [...this.registrations.values()].filter((registration) => !kept.has(registration));
    await Promise.all(closing.flatMap(({ backends }) => backends).map((backend) => backend.close()));
    await this.state.close(successor?.state);
  }
}

/** Apart from the constructor, since what it returns lives as long as the runtime, and would keep the one before. */
function passwordEvents(
  { stateFile }: Config,
  log: Logger,
): Required<Pick<AuthenticatorOptions, 'onEnrolled' | 'onUpgradeFailed'>> {
  return {
    onEnrolled: (name, hasQuestionMarks) =>
      log.warn(
        { caller: name, file: stateFile },
        `password learned: the enrolment of this caller is over${hasQuestionMarks ? ENROLLED_QUESTION_MARKS : ''}`,
      ),
    onUpgradeFailed: (error) => log.warn({ err: error }, 'new hashes of passwords could not be kept'),
  };
}

/** A password that was corrected in the configuration is not to wait for the end of a lock. */
function forgetFailures(lockout: Lockout, before: Config, now: Config): void {
  const hashes = new Map(before.callers.map(({ username, passwordHash }) => [username, passwordHash]));
  for (const { username, passwordHash } of now.callers)
    if (hashes.get(username) !== passwordHash) void lockout.succeeded(username);
}
