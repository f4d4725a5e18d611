/** Counts what happens, in Prometheus' terms. Labels are names from the configuration and fixed lists only. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BackendStatus } from '../backends/backend.ts';
import type { GateEvents } from '../backends/mailbox-gate.ts';
import { DurationHistogram } from './duration-histogram.ts';
import { RequestCounts } from './request-counts.ts';

export interface RequestSample {
  readonly caller: string;
  readonly operation: string;
  /** ok, fault, a GatewayErrorCode, or challenge. */
  readonly outcome: string;
  readonly seconds: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** What there is at the moment. */
export interface CurrentState {
  /** By registration. */
  readonly backends: ReadonlyMap<string, BackendStatus>;
  readonly locks: () => Promise<readonly { readonly kind: string }[]>;
  /** The gateways that share their state, where there are several. */
  readonly fleet?: FleetFacts | undefined;
}

export interface FleetFacts {
  readonly isJoined: boolean;
  readonly gateways: number;
  readonly leases: { readonly held: number; readonly waiting: number };
}

/** Milliseconds between two looks at the event loop's lag; prom-client's 10 wake an idle gateway 100 times a second. */
const LOOP_SAMPLING = 100;

let ofProcess: Registry | undefined;

/**
 * Memory, CPU time and the like of this process. Measured once, whoever shows them: prom-client never stops watching
 * the event loop and the garbage collection, and what watches keeps its registry.
 */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({
      register: ofProcess,
      prefix: 'ews_gateway_',
      eventLoopMonitoringPrecision: LOOP_SAMPLING,
    });
  }
  return ofProcess;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'ews_gateway_requests_total',
    help: 'Requests by caller, operation and outcome.',
    labelNames: ['caller', 'operation', 'outcome'],
    registers: [this.registry],
    collect: () => this.#bringUpToDate(),
  });
  readonly #duration = new DurationHistogram({
    name: 'ews_gateway_request_duration_seconds',
    help: 'Time from the request head to the end of the answer.',
    label: 'operation',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    registry: this.registry,
  });
  readonly #bytes = new Counter({
    name: 'ews_gateway_body_bytes_total',
    help: 'Body bytes by direction.',
    labelNames: ['direction'],
    registers: [this.registry],
    collect: () => this.#bringUpToDate(),
  });
  readonly #refusals = new Counter({
    name: 'ews_gateway_refused_credentials_total',
    help: 'Credentials that were not accepted, by reason.',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  readonly #troubles = new Counter({
    name: 'ews_gateway_connection_troubles_total',
    help: 'Connections that were refused, spoke the wrong protocol or did not trust the certificate, by kind.',
    labelNames: ['kind'],
    registers: [this.registry],
  });
  readonly #tokens = new Counter({
    name: 'ews_gateway_token_requests_total',
    help: 'Token requests to Entra by registration and result.',
    labelNames: ['registration', 'result'],
    registers: [this.registry],
  });
  readonly #tokenExpiry = new Gauge({
    name: 'ews_gateway_token_expiry_timestamp_seconds',
    help: 'When the current token ends.',
    labelNames: ['registration'],
    registers: [this.registry],
  });
  readonly #credentialExpiry = new Gauge({
    name: 'ews_gateway_credential_expiry_timestamp_seconds',
    help: 'When the client secret or certificate ends, where that is known.',
    labelNames: ['registration'],
    registers: [this.registry],
  });
  readonly #backOffs = new Counter({
    name: 'ews_gateway_back_offs_total',
    help: 'How often Exchange throttled a mailbox, so that a cooldown began.',
    labelNames: ['registration'],
    registers: [this.registry],
  });
  readonly #waits = new Histogram({
    name: 'ews_gateway_wait_seconds',
    help: 'Time that requests waited for a slot of their mailbox or the end of a back-off, if it was 20 ms or more.',
    labelNames: ['registration'],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
    registers: [this.registry],
  });
  readonly #notWaited = new Counter({
    name: 'ews_gateway_waits_refused_total',
    help: 'Requests that would have had to wait too long, and got ErrorServerBusy.',
    labelNames: ['registration'],
    registers: [this.registry],
  });
  readonly #queue = new Gauge({
    name: 'ews_gateway_queue_requests',
    help: 'Requests on their way to Exchange, running or waiting for a slot of their mailbox.',
    labelNames: ['registration', 'state'],
    registers: [this.registry],
    collect: () => this.#look(),
  });
  readonly #held = new Gauge({
    name: 'ews_gateway_mailboxes_backed_off',
    help: 'Mailboxes in a cooldown at the moment, since Exchange throttles them.',
    labelNames: ['registration'],
    registers: [this.registry],
  });
  readonly #connections = new Gauge({
    name: 'ews_gateway_upstream_connections',
    help: 'Connections to Exchange: connected, free of them, and requests that wait for one.',
    labelNames: ['registration', 'state'],
    registers: [this.registry],
  });
  readonly #switched = new Gauge({
    name: 'ews_gateway_switched_mailboxes',
    help:
      'Mailboxes with backend: auto that are not simply answered by EWS, by what answers them: graph has taken over, ' +
      'or one of both was set by command.',
    labelNames: ['registration', 'service'],
    registers: [this.registry],
  });
  readonly #locked = new Gauge({
    name: 'ews_gateway_locked',
    help: 'User names and source addresses that are locked at the moment.',
    labelNames: ['kind'],
    registers: [this.registry],
    collect: () => this.#lookAtLocks(),
  });
  readonly #fleet = new Gauge({
    name: 'ews_gateway_fleet_gateways',
    help: 'Gateways that share their state, as this one sees them, with itself.',
    registers: [this.registry],
    collect: () => this.#lookAtFleet(),
  });
  readonly #joined = new Gauge({
    name: 'ews_gateway_fleet_joined',
    help: '1 while state is shared, 0 while this gateway goes on alone since the server of sharedState is away.',
    registers: [this.registry],
  });
  readonly #leases = new Gauge({
    name: 'ews_gateway_fleet_slots',
    help: 'Slots of all gateways that this one holds, or waits for.',
    labelNames: ['state'],
    registers: [this.registry],
  });
  readonly #linesDropped = new Counter({
    name: 'ews_gateway_log_lines_dropped_total',
    help: 'Lines of the audit log and of the operational log that could not be written.',
    labelNames: ['log'],
    registers: [this.registry],
  });
  readonly #prefetched = new Counter({
    name: 'ews_gateway_prefetched_total',
    help: 'Calls to Microsoft Graph before a client has asked, by whether it did: used, unused, or failed.',
    labelNames: ['registration', 'result'],
    registers: [this.registry],
  });
  /** What is looked at when somebody asks, instead of being counted. */
  current: () => CurrentState = () => ({ backends: new Map(), locks: async () => [] });
  /** Counted in plain numbers, and passed on when somebody asks: it is on every request's way. */
  readonly #counts = new RequestCounts();
  #received = 0;
  #sent = 0;

  constructor() {
    const shared = processMetrics();
    for (const { name } of shared.getMetricsAsArray()) {
      const metric = shared.getSingleMetric(name);
      if (metric !== undefined) this.registry.registerMetric(metric);
    }
    for (const log of ['audit', 'log']) this.#linesDropped.inc({ log }, 0);
  }

  request({ caller, operation, outcome, seconds, requestBytes, responseBytes }: RequestSample): void {
    this.#counts.add(caller, operation, outcome);
    this.#duration.observe(operation, seconds);
    this.#received += requestBytes;
    this.#sent += responseBytes;
  }

  /** Counts how requests of a registration wait. */
  gateEvents(registration: string): GateEvents {
    return {
      coolDown: () => this.#backOffs.inc({ registration }),
      waited: (milliseconds) => this.#waits.observe({ registration }, milliseconds / 1000),
      refused: () => this.#notWaited.inc({ registration }),
    };
  }

  /** An answer was fetched ahead, and then used, or not. */
  prefetched(registration: string, result: 'used' | 'unused' | 'failed'): void {
    this.#prefetched.inc({ registration, result });
  }

  #look(): void {
    const { backends } = this.current();
    for (const gauge of [this.#queue, this.#held, this.#connections, this.#switched]) gauge.reset();
    for (const [registration, { gate, connections, switches = [] }] of backends) {
      const chosen = switches.filter(({ service, isSet }) => isSet || service === 'graph');
      for (const service of ['ews', 'graph'] as const)
        this.#switched.set({ registration, service }, chosen.filter((one) => one.service === service).length);
      this.#queue.set({ registration, state: 'running' }, gate.running);
      this.#queue.set({ registration, state: 'waiting' }, gate.waiting);
      this.#held.set({ registration }, gate.cooldowns.size);
      for (const state of ['connected', 'free', 'pending'] as const)
        this.#connections.set({ registration, state }, connections[state]);
    }
  }

  async #lookAtLocks(): Promise<void> {
    const locks = await this.current().locks();
    for (const kind of ['name', 'address'])
      this.#locked.set({ kind }, locks.filter((lock) => lock.kind === kind).length);
  }

  #lookAtFleet(): void {
    const { fleet } = this.current();
    for (const gauge of [this.#fleet, this.#joined]) gauge.reset();
    this.#fleet.set(fleet?.gateways ?? 1);
    if (fleet === undefined) return;
    this.#joined.set(fleet.isJoined ? 1 : 0);
    for (const state of ['held', 'waiting'] as const) this.#leases.set({ state }, fleet.leases[state]);
  }

  #bringUpToDate(): void {
    for (const [labels, added] of this.#counts.take()) this.#requests.inc(labels, added);
    this.#bytes.inc({ direction: 'request' }, this.#received);
    this.#bytes.inc({ direction: 'response' }, this.#sent);
    this.#received = 0;
    this.#sent = 0;
  }

  /** A line that could not be written is lost. */
  lineDropped(log: 'audit' | 'log'): void {
    this.#linesDropped.inc({ log });
  }

  refusal(reason: string): void {
    this.#refusals.inc({ reason });
  }

  connectionTrouble(kind: string): void {
    this.#troubles.inc({ kind });
  }

  tokenObtained(registration: string, expiresAt: number): void {
    this.#tokens.inc({ registration, result: 'obtained' });
    this.#tokenExpiry.set({ registration }, expiresAt / 1000);
  }

  credentialEnds(registration: string, end: Date): void {
    this.#credentialExpiry.set({ registration }, end.getTime() / 1000);
  }

  tokenFailed(registration: string): void {
    this.#tokens.inc({ registration, result: 'failed' });
  }
}
