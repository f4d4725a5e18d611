/** What is known of one request, gathered on its way and logged in one line at its end. */
import type { Logger } from 'pino';
import type { Outcome } from '../backend.ts';
import { GatewayError } from '../errors.ts';
import { logFields } from '../logging/logger.ts';
import type { Metrics } from './metrics.ts';

/** Codes that tell of the client or its rights, not of trouble of the gateway. */
const CLIENTS_OWN: ReadonlySet<string> = new Set(['CLIENT_GONE']);

export class RequestRecord {
  readonly id: string;
  readonly #source: string;
  readonly #method: string;
  readonly #startedAt = performance.now();
  caller: string | undefined;
  mailbox: string | undefined;
  operation: string | undefined;
  /** What the client names itself as, for telling programs apart in the log. */
  userAgent: string | undefined;
  removedHeaders: readonly string[] = [];
  requestBytes = 0;

  constructor(id: string, source: string, method: string) {
    this.id = id;
    this.#source = source;
    this.#method = method;
  }

  answered(outcome: Outcome, log: Logger, metrics: Metrics): void {
    const label = outcome.status < 400 ? 'ok' : 'fault';
    this.#count(label, outcome.bytes, metrics);
    const fields = this.#fields(outcome.bytes, label, outcome.status, outcome.upstreamRequestId);
    if (label === 'ok') logFields(log, 'info', fields, 'request answered');
    else logFields(log, 'warn', fields, 'Exchange answered with a fault');
  }

  failed(error: GatewayError, bytes: number, log: Logger, metrics: Metrics): void {
    this.#count(error.code, bytes, metrics);
    const fields = { ...this.#fields(bytes, error.code, 500, undefined), responseCode: error.responseCode, reason: error.message };
    if (error.code === 'INTERNAL') log.error({ ...fields, err: error.cause }, 'request failed inside the gateway');
    else if (CLIENTS_OWN.has(error.code)) log.info(fields, 'request abandoned by the client');
    else log.warn(fields, 'request refused or failed');
  }

  #count(outcome: string, responseBytes: number, metrics: Metrics): void {
    metrics.request({
      caller: this.caller ?? '',
      operation: this.operation ?? '',
      outcome,
      seconds: (performance.now() - this.#startedAt) / 1000,
      requestBytes: this.requestBytes,
      responseBytes,
    });
  }

  #fields(responseBytes: number, outcome: string, status: number, upstreamRequestId: string | undefined): Record<string, unknown> {
    return {
      requestId: this.id,
      source: this.#source,
      method: this.#method,
      caller: this.caller,
      mailbox: this.mailbox,
      operation: this.operation,
      userAgent: this.userAgent,
      removedHeaders: this.removedHeaders.length === 0 ? undefined : this.removedHeaders,
      requestBytes: this.requestBytes,
      responseBytes,
      milliseconds: Math.round((performance.now() - this.#startedAt) * 10) / 10,
      outcome,
      status,
      upstreamRequestId,
    };
  }
}
