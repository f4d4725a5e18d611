/** The running gateway: listeners, the configuration in force, reload and shutdown. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { AuditLog } from '../telemetry/audit-log.ts';
import { Activity } from '../telemetry/activity.ts';
import type { HashingOptions } from '../callers/password-hash.ts';
import { adminApp } from '../admin/admin-app.ts';
import { combinedStatus } from '../backends/combined-status.ts';
import type { Clock } from '../backends/clock.ts';
import type { Fleet, FleetCommand } from '../fleet/fleet.ts';
import { clientApp, type ClientApp } from '../http/app.ts';
import { ExpiryWatch } from './expiry-watch.ts';
import { boundsOf, ConnectionBounds } from '../http/connection-bounds.ts';
import { ConnectionTroubles } from '../http/connection-troubles.ts';
import { takeInheritedSockets } from '../http/inherited-sockets.ts';
import type { LineWriter } from '../telemetry/line-writer.ts';
import { TroubleNotices } from '../telemetry/trouble-notices.ts';
import { TROUBLE_REMEMBERED, troubleText, type WriterTrouble } from '../telemetry/log-trouble.ts';
import { RunningRequests, type GrantedRequest } from '../http/running-requests.ts';
import { stillGranted } from '../http/still-granted.ts';
import { Metrics, type FleetFacts } from '../telemetry/metrics.ts';
import { RefusalLog } from '../telemetry/refusal-log.ts';
import { ListenerSet, type ListenerChange } from './listener-set.ts';
import { Runtime } from './runtime.ts';

/** The administrators' side has connections of its own, so that clients cannot take them. */
const ADMIN_CONNECTIONS = 256;

export interface GatewayOptions {
  /** What the log is written with, where the gateway is to report its trouble. */
  readonly output?: LineWriter | undefined;
  /** What password hashes cost; default: what suits a server. */
  readonly hashing?: HashingOptions | undefined;
  /** What time it is for the end of EWS and for notifications; default: the real one. */
  readonly clock?: Clock | undefined;
  /** Called where another gateway of the fleet was told to reload, and asks all to. */
  readonly onReload?: ((from: string) => void) | undefined;
}

export class Gateway {
  readonly metrics = new Metrics();
  readonly activity = new Activity();
  readonly #log: Logger;
  readonly #output: LineWriter | undefined;
  readonly #hashing: HashingOptions | undefined;
  readonly #clock: Clock | undefined;
  readonly #onCommand: (command: FleetCommand, from: string) => void;
  readonly #apps: { readonly client: ClientApp; readonly admin: FastifyInstance };
  readonly #expiry: ExpiryWatch;
  readonly #running = new RunningRequests();
  readonly #troubles: ConnectionTroubles;
  readonly #refusals: RefusalLog;
  readonly #bounds: ConnectionBounds;
  readonly #listeners: ListenerSet;
  readonly #admin: ListenerSet;
  readonly #noticesInLog = new TroubleNotices((trouble) => this.#tellInLog(trouble));
  readonly #noticesInAudit = new TroubleNotices((trouble) => this.#audit?.logTrouble(trouble) ?? true);
  #runtime: Runtime;
  #audit: AuditLog | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;

  constructor(config: Config, log: Logger, { output, hashing, clock, onReload }: GatewayOptions = {}) {
    this.#log = log;
    this.#onCommand = (_reload, from) => onReload?.(from);
    this.#output = output;
    this.#hashing = hashing;
    this.#clock = clock;
    if (output !== undefined)
      output.observer = {
        dropped: () => this.metrics.lineDropped('log'),
        trouble: (trouble) => this.#noticesInAudit.notice(trouble),
        writtenAgain: () => this.#noticesInLog.writtenAgain(),
      };
    this.#runtime = new Runtime(config, log, this.metrics, { hashing, clock, onCommand: this.#onCommand });
    this.metrics.current = () => ({
      backends: new Map(
        [...this.#runtime.registrations].map(([name, one]) => [name, combinedStatus(one.backend.name, one.backends)]),
      ),
      locks: () => this.#runtime.lockout.locks(),
      fleet: fleetFacts(this.#runtime.fleet),
    });
    this.#expiry = new ExpiryWatch({ log, metrics: this.metrics, config: () => this.#runtime.config });
    this.#audit = this.#openAudit(config);
    this.#troubles = new ConnectionTroubles({ log, metrics: this.metrics, activity: this.activity });
    this.#refusals = new RefusalLog(log);
    this.#bounds = new ConnectionBounds(boundsOf(config));
    const options = { log, metrics: this.metrics, activity: this.activity, runtime: () => this.#runtime };
    const client = clientApp({
      ...options,
      refusals: this.#refusals,
      running: this.#running,
      troubles: this.#troubles,
      audit: () => this.#audit,
    });
    const admin = adminApp({
      ...options,
      isClosing: () => this.#closing,
      urls: () => this.urls,
      logTroubles: () => this.#logTroubles(),
      route: client.handleAs,
      audit: () => this.#audit,
      addedCallers: {
        add: (caller) => this.#runtime.state.addedCallers.add(caller),
        remove: (username) => this.#runtime.state.addedCallers.remove(username),
      },
    });
    this.#apps = { client, admin };
    const inherited = takeInheritedSockets();
    const environment = { troubles: this.#troubles, inherited };
    this.#listeners = new ListenerSet(client.handle, { ...environment, bounds: this.#bounds });
    const adminBounds = new ConnectionBounds({ perAddress: ADMIN_CONNECTIONS, total: ADMIN_CONNECTIONS });
    this.#admin = new ListenerSet(admin.routing, { ...environment, bounds: adminBounds });
  }

  /** Opens all listeners. @throws Error where an address cannot be opened; nothing stays open then */
  async start(): Promise<void> {
    await Promise.all([this.#apps.client.app.ready(), this.#apps.admin.ready(), this.#runtime.fleet?.start()]);
    const { config } = this.#runtime;
    try {
      (await this.#listeners.prepare(config.listeners, config.limits)).apply();
      (await this.#admin.prepare([config.admin], config.limits)).apply();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#announce(config);
    // Fetches the first tokens, so that the first request does not wait.
    for (const { backends } of this.#runtime.registrations.values())
      for (const backend of backends) void backend.ready();
  }

  /** Addresses clients reach, with the ports really listened on. */
  get urls(): string[] {
    return this.#listeners.urls;
  }

  get adminUrl(): string | undefined {
    return this.#admin.urls[0];
  }

  /**
   * Puts a new configuration in force. Requests under way end with the old one.
   *
   * @throws Error where a new address cannot be opened or a file not read; the old configuration then stays in force
   */
  async reload(config: Config): Promise<void> {
    const old = this.#runtime;
    // Everything that can fail comes first, and is undone where a later part does.
    const next = new Runtime(config, this.#log, this.metrics, {
      hashing: this.#hashing,
      clock: this.#clock,
      onCommand: this.#onCommand,
      previous: old,
    });
    if (next.fleet !== old.fleet) await next.fleet?.start();
    let audit = this.#audit;
    const changes: ListenerChange[] = [];
    try {
      if (!this.#sameAudit(config)) audit = this.#openAudit(config);
      changes.push(await this.#listeners.prepare(config.listeners, config.limits));
      changes.push(await this.#admin.prepare([config.admin], config.limits));
    } catch (error) {
      await Promise.all([
        ...(audit === this.#audit ? [] : [audit?.close()]),
        next.close(old),
        ...changes.map(({ undo }) => undo()),
      ]);
      throw error;
    }
    const closings = changes.map(({ apply }) => apply());
    this.#runtime = next;
    next.state.addedCallers.goOnWith(config);
    this.#bounds.bounds = boundsOf(config);
    this.#running.endNotifications(
      new GatewayError('CONFIGURATION_CHANGED', 'The configuration has changed. Connect again.', {
        backOffMilliseconds: 1_000,
      }),
      (running) => !goesOn(running, old, next),
    );
    if (audit === this.#audit) audit?.reopen();
    else void this.#audit?.close();
    this.#audit = audit;
    this.#announce(config);
    const grace = config.limits.shutdownSeconds * 1000;
    void Promise.all([old.close(this.#runtime), ...closings.map((close) => close(grace))]).catch((error: unknown) =>
      this.#log.error({ err: error }, 'closing what the old configuration used failed'),
    );
  }

  /** Asks the other gateways of the fleet to read their configurations again. */
  async tellReload(): Promise<void> {
    await this.#runtime.fleet?.tell('reload');
  }

  /** Stops accepting, lets running requests end within the configured time, and frees everything. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing = true;
    this.#expiry.stop();
    const { drainSeconds } = this.#runtime.config.limits;
    // Meanwhile a load balancer learns from /acceptz that it is to ask others.
    if (this.urls.length > 0 && drainSeconds > 0) await sleep(drainSeconds * 1000);
    // They would last for half an hour, and their clients connect again by themselves.
    this.#running.stop();
    const grace = this.#runtime.config.limits.shutdownSeconds * 1000;
    if (!(await this.#listeners.close(grace)))
      this.#log.warn('requests still running at the end of shutdownSeconds were cut');
    await this.#admin.close(1_000);
    await Promise.all([this.#apps.client.app.close(), this.#apps.admin.close(), this.#runtime.close()]);
    this.#refusals.close();
    await this.#audit?.close();
  }

  /** @throws Error where its file cannot be opened */
  #openAudit({ audit }: Config): AuditLog | undefined {
    return audit === undefined
      ? undefined
      : new AuditLog(audit, {
          dropped: () => this.metrics.lineDropped('audit'),
          trouble: (trouble) => this.#noticesInLog.notice(trouble),
          writtenAgain: () => this.#noticesInAudit.writtenAgain(),
          warning: (text) => this.#log.warn(text),
        });
  }

  /** Tells in the log of a trouble of the audit log. @returns whether there was room */
  #tellInLog(trouble: WriterTrouble): boolean {
    const lost = this.#output?.lost;
    if (trouble.over) this.#log.warn(trouble, troubleText(trouble));
    else this.#log.error(trouble, troubleText(trouble));
    return this.#output?.lost === lost;
  }

  #logTroubles(): readonly WriterTrouble[] {
    const own = this.#output?.trouble(TROUBLE_REMEMBERED);
    return [...(own === undefined ? [] : [own]), ...(this.#audit?.troubles(TROUBLE_REMEMBERED) ?? [])];
  }

  #sameAudit({ audit }: Config): boolean {
    return JSON.stringify(audit) === JSON.stringify(this.#audit?.settings);
  }

  #announce(config: Config): void {
    for (const warning of config.warnings) this.#log.warn(warning);
    this.#expiry.look();
    this.#log.info(
      {
        listeners: this.urls,
        admin: this.adminUrl,
        registrations: [...config.registrations.keys()],
        callers: config.callers.length,
      },
      'configuration in force',
    );
  }
}

function fleetFacts(fleet: Fleet | undefined): FleetFacts | undefined {
  return fleet && { isJoined: fleet.isJoined, gateways: fleet.size, leases: fleet.leases.counts };
}

/** Whether notifications may go on after a reload: its caller's rights and its connections are the same. */
function goesOn(running: GrantedRequest, old: Runtime, next: Runtime): boolean {
  const { caller } = running;
  const now = next.authenticator.callerNamed(caller.username);
  return (
    now !== undefined &&
    stillGranted(running, now) &&
    next.registrations.get(now.registration) === old.registrations.get(caller.registration)
  );
}
