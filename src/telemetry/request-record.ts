/** What is known of one request, gathered on its way and logged in one line at its end. */
import type { Logger } from 'pino';
import type { CallSink, Outcome, PrefetchedCall } from '../backends/backend.ts';
import type { EndedBy, GatewayError } from '../errors.ts';
import type { AuditEntry, RequestEntry } from './audit-entry.ts';
import type { AuditLog } from './audit-log.ts';
import { isoNow } from './iso-time.ts';
import { logFields } from './logger.ts';
import { isHanging } from '../ews/operations.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { Activity } from './activity.ts';
import type { Metrics } from './metrics.ts';

/** Why credentials were not accepted, for the administrator. */
const REFUSAL_TEXTS: Readonly<Record<string, string>> = {
  'no-credentials': 'The Authorization header is no usable Basic authentication.',
  'unknown-user': 'No caller of the configuration has this user name.',
  'wrong-password': 'The password is not that of the configuration (or the one that was enrolled).',
  'question-marks':
    'The client sends a ? for each letter beyond ASCII, as Java programs on Apache HttpClient 4 do, so the password ' +
    'cannot match. Give the client a password of ASCII letters, and its hash (ews-gateway hash-password) to the ' +
    'gateway.',
  'no-password-yet': 'The caller has no password yet. Start an enrolment: ews-gateway enrol USERNAME',
  'source-address': "The caller may not come from this address: see its 'from' in the configuration.",
  'locked': 'Locked after too many failed sign-ins. It ends by itself, or with: ews-gateway unlock USERNAME',
};

/** For a wrong password with a `?`. */
export const MAYBE_QUESTION_MARKS =
  'It holds a ?. Some clients send that for each letter beyond ASCII: see whether the password has such letters.';

/** Where a finished request is recorded. */
export interface RequestSinks {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly audit: AuditLog | undefined;
  readonly refusals: RefusalLog;
  readonly activity: Activity;
}

export class RequestRecord implements CallSink {
  readonly id: string;
  readonly #source: string;
  readonly #method: string;
  /** By `performance.now()`. */
  readonly startedAt = performance.now();
  caller: string | undefined;
  mailbox: string | undefined;
  operation: string | undefined;
  /** What the client names itself as, for telling programs apart in the log. */
  userAgent: string | undefined;
  removedHeaders: readonly string[] = [];
  requestBytes = 0;
  /** How many things the request names by id, where that is known. */
  #items: number | undefined;
  #upstreamCalls = 0;
  /** See {@link RequestRecord.#took}. */
  #tookMilliseconds: number | undefined;
  #upstreamRequestId: string | undefined;

  constructor(id: string, source: string, method: string) {
    this.id = id;
    this.#source = source;
    this.#method = method;
  }

  upstreamCall(_status: number | undefined): void {
    this.#upstreamCalls++;
  }

  upstreamRequestId(id: string): void {
    this.#upstreamRequestId = id;
  }

  items(count: number): void {
    this.#items = count;
  }

  /**
   * Puts what the request is about to do into the audit log (`audit.required`).
   *
   * @throws GatewayError AUDIT_UNAVAILABLE where it cannot be written
   */
  async intended({ audit }: RequestSinks): Promise<void> {
    await audit?.intent({ ...this.#requestEntry(), decision: 'intent' });
  }

  /** A call was made ahead of what the client may ask next. It may end after this request. */
  prefetched({ operation, status, milliseconds, upstreamRequestId }: PrefetchedCall, sinks: RequestSinks): void {
    sinks.audit?.write({
      ...this.#requestEntry(),
      operation,
      items: 1,
      decision: 'prefetch',
      status,
      milliseconds: rounded(milliseconds),
      upstreamRequestId,
    });
  }

  answered(outcome: Outcome, { log, metrics, audit, activity }: RequestSinks): void {
    const label = outcome.status < 400 ? 'ok' : 'fault';
    const { endedBy } = outcome;
    const reason = label === 'ok' ? undefined : 'EXCHANGE_FAULT';
    audit?.write(this.#auditEntry('allowed', reason, outcome.status, outcome.bytes, endedBy));
    this.#count(label, outcome.bytes, metrics);
    const { fault } = outcome;
    this.#note(activity, label, fault === undefined ? undefined : `${fault.responseCode}: ${fault.text}`);
    const fields = this.#fields(outcome.bytes, label, outcome.status, endedBy);
    if (label === 'ok') logFields(log, 'info', fields, 'request answered');
    else if (fault === undefined && this.operation === 'Autodiscover')
      logFields(log, 'info', fields, 'request answered with an error');
    else
      logFields(
        log,
        'warn',
        fault === undefined ? fields : { ...fields, responseCode: fault.responseCode },
        'Exchange answered with a fault',
      );
  }

  /** @param bytes body bytes of the fault that was sent; 0 where it could not be */
  failed(error: GatewayError, bytes: number, sinks: RequestSinks): void {
    const { log, metrics, audit, activity } = sinks;
    const { begun } = error;
    const sent = begun?.bytes ?? bytes;
    // Nobody was left to tell, or the answer was cut while it was on its way.
    const status = begun?.status ?? (bytes > 0 ? 500 : 0);
    const endedBy = begun !== undefined || bytes === 0 ? error.endedBy : undefined;
    this.#count(error.code, sent, metrics);
    this.#note(activity, error.code, error.message);
    if (this.caller === undefined && error.code !== 'INTERNAL') {
      // Nobody has signed in: it must not fill the log, nor push out what callers did.
      const entry = this.#auditEntry('refused', error.code, status, sent, endedBy);
      audit?.refused(entry);
      sinks.refusals.enter(entry);
      return;
    }
    const decision = error.kind === 'refused' ? 'refused' : 'allowed';
    audit?.write(this.#auditEntry(decision, error.code, status, sent, endedBy));
    const fields = {
      ...this.#fields(sent, error.code, status, endedBy),
      responseCode: error.responseCode,
      reason: error.message,
    };
    if (error.code === 'INTERNAL') log.error({ ...fields, err: error.cause }, 'request failed inside the gateway');
    else if (error.code === 'CLIENT_GONE') log.info(fields, 'request abandoned by the client');
    else log.warn(fields, 'request refused or failed');
  }

  /** Credentials were not accepted. @returns what is said of it */
  refused(
    username: string | undefined,
    refusal: string,
    { audit, activity }: RequestSinks,
    maybeQuestionMarks = false,
  ): AuditEntry {
    this.caller = username?.slice(0, 200);
    const entry = this.#auditEntry('refused', refusal, 401, 0);
    audit?.refused(entry);
    const text = REFUSAL_TEXTS[refusal];
    this.#note(activity, refusal, maybeQuestionMarks ? `${text} ${MAYBE_QUESTION_MARKS}` : text, false);
    return entry;
  }

  #note(activity: Activity, outcome: string, reason: string | undefined, signedIn = this.caller !== undefined): void {
    activity.enter(
      {
        id: this.id,
        time: Date.now(),
        source: this.#source,
        caller: this.caller,
        signedIn,
        mailbox: this.mailbox,
        operation: this.operation,
        userAgent: this.userAgent,
        outcome,
        milliseconds: this.#milliseconds,
        reason,
      },
      this.operation === undefined || !isHanging(this.operation),
    );
  }

  #requestEntry(): RequestEntry {
    return {
      time: isoNow(),
      requestId: this.id,
      source: this.#source,
      caller: this.caller,
      mailbox: this.mailbox,
      operation: this.operation,
      items: this.#items,
    };
  }

  #auditEntry(
    decision: AuditEntry['decision'],
    reason: string | undefined,
    status: number,
    responseBytes: number,
    endedBy?: EndedBy,
  ): AuditEntry {
    // All of it written out: behind a spread, V8 defines each further property by a call.
    return {
      time: isoNow(),
      requestId: this.id,
      source: this.#source,
      caller: this.caller,
      mailbox: this.mailbox,
      operation: this.operation,
      items: this.#items,
      decision,
      reason,
      removedHeaders: this.removedHeaders.length === 0 ? undefined : this.removedHeaders,
      status,
      requestBytes: this.requestBytes,
      responseBytes,
      milliseconds: this.#milliseconds,
      upstreamRequestId: this.#upstreamRequestId,
      endedBy,
    };
  }

  /** How long it took: asked for at its end, the same in all that is said of it. */
  get #took(): number {
    return (this.#tookMilliseconds ??= performance.now() - this.startedAt);
  }

  /** {@link #took}, as people and logs want it. */
  get #milliseconds(): number {
    return rounded(this.#took);
  }

  #count(outcome: string, responseBytes: number, metrics: Metrics): void {
    metrics.request({
      caller: this.caller ?? '',
      operation: this.operation ?? '',
      outcome,
      seconds: this.#took / 1000,
      requestBytes: this.requestBytes,
      responseBytes,
    });
  }

  #fields(responseBytes: number, outcome: string, status: number, endedBy?: EndedBy): Record<string, unknown> {
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
      milliseconds: this.#milliseconds,
      outcome,
      status,
      upstreamRequestId: this.#upstreamRequestId,
      upstreamCalls: this.#upstreamCalls > 1 ? this.#upstreamCalls : undefined,
      endedBy,
    };
  }
}

/** Milliseconds as people and logs want them. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
