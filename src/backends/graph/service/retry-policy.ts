/**
 * Which calls to Graph are made once more, and after which pause. A pure decision: the loop in client.ts acts on it.
 *
 * 429, 503 and some refusals say that nothing was carried out. After a 5xx or a broken connection that is not known:
 * only what can be repeated without harm is repeated then. A second send would send twice, a second copy copy twice.
 * What may have been carried out and cannot be repeated is looked for by the operation (see {@link isUncertain}).
 *
 * @see https://learn.microsoft.com/graph/throttling
 * @see https://learn.microsoft.com/graph/best-practices-concept#handling-expected-errors
 */
import { deniesItem, isUncertain, LOCAL_CODES, type GraphFailure } from './graph-error.ts';

/** What a second try would do. */
export type Repeatable =
  /** Reading, setting to a value, deleting: nothing different. */
  | 'always'
  /** Creating, moving, copying, sending: it might happen twice. */
  | 'unless carried out';

export interface GraphRetryState {
  readonly repeatable: Repeatable;
  /** Whether what somebody else has changed meanwhile may be overwritten. */
  readonly overwrites: boolean;
  /** Tries so far that were throttled. */
  readonly throttled: number;
  /** Tries so far that failed otherwise. */
  readonly failed: number;
  /** Whether another token might be taken: not after one was fetched for this call, nor where none is sent. */
  readonly tokenRenewable: boolean;
  /** How long the client still waits, in milliseconds. */
  readonly patience: number;
  /** Between 0 and 1, to spread calls that failed together. */
  readonly jitter: number;
}

export type GraphDecision =
  | { readonly next: 'fail' }
  | { readonly next: 'renew token' }
  /** @property pause in milliseconds; `throttled`: the slot is kept meanwhile, else the queue would fire again */
  | { readonly next: 'retry'; readonly pause: number; readonly throttled: boolean };

/** In milliseconds, each grown with the tries before. */
const THROTTLED_PAUSE = 2_000;
const LONGEST_PAUSE = 180_000;
const TRANSIENT_PAUSE = 500;
const CONFLICT_PAUSE = 200;
/** How often one call is made once more. */
const TRANSIENT_RETRIES = 2;
const CONFLICT_RETRIES = 3;

const FAIL: GraphDecision = { next: 'fail' };

/** @example decide({ status: 429, retryAfter: 1000, … }, state) // { next: 'retry', pause: 1000, throttled: true } */
export function decide(failure: GraphFailure, state: GraphRetryState): GraphDecision {
  if (failure.status === 401) return state.tokenRenewable ? { next: 'renew token' } : FAIL;
  const throttled = isThrottle(failure);
  if (!throttled && state.failed >= retriesAfter(failure, state)) return FAIL;
  const pause = throttled ? throttledPause(failure, state) : pauseAfter(failure, state);
  // A pause that the client does not wait for would only keep a slot from others.
  return pause < state.patience ? { next: 'retry', pause, throttled } : FAIL;
}

/** How often a call that was not throttled may be made once more. */
function retriesAfter(failure: GraphFailure, { repeatable, overwrites }: GraphRetryState): number {
  const { status, code } = failure;
  if (isConflict(failure)) return overwrites ? CONFLICT_RETRIES : 0;
  if (isMislaid(failure)) return 1;
  // Locked, or nothing was sent: nothing was carried out, whatever it is.
  if (status === 423 || code === LOCAL_CODES.unreachable) return TRANSIENT_RETRIES;
  return repeatable === 'always' && isUncertain(failure) ? TRANSIENT_RETRIES : 0;
}

function throttledPause({ retryAfter }: GraphFailure, { throttled, jitter }: GraphRetryState): number {
  return Math.min(retryAfter ?? THROTTLED_PAUSE * 2 ** throttled * (1 + jitter / 4), LONGEST_PAUSE);
}

function pauseAfter(failure: GraphFailure, { failed, jitter }: GraphRetryState): number {
  return (isConflict(failure) ? CONFLICT_PAUSE : TRANSIENT_PAUSE) * 2 ** failed * (1 + jitter);
}

/** Whether Graph put the call off without doing anything. */
export function isThrottle({ status }: GraphFailure): boolean {
  return status === 429 || status === 503 || status === 509;
}

/**
 * Whether Graph puts off all calls for the mailbox, and not only those beyond so many at a time. It names the limit in
 * words only ("Application is over its MailboxConcurrency limit."); uploads have one of their own, "IncomingBytes".
 *
 * @see https://github.com/microsoftgraph/microsoft-graph-docs/issues/2886
 */
export function concernsMailbox({ status, message }: GraphFailure): boolean {
  return status === 429 && !/MailboxConcurrency|IncomingBytes/i.test(message);
}

/**
 * Whether Graph puts a call off for the bytes that were sent for the mailbox.
 *
 * @see https://github.com/O365/python-o365/issues/500
 */
export function concernsUploads({ status, message }: GraphFailure): boolean {
  return status === 429 && /IncomingBytes/i.test(message);
}

/**
 * Somebody else has written at that moment. It comes without If-Match too, which is never sent.
 *
 * @see https://github.com/mguessan/davmail/issues/491
 */
function isConflict({ status, code }: GraphFailure): boolean {
  return status === 412 || code === 'ErrorIrresolvableConflict';
}

/** An id that is there all the same, as is seen when many calls come at once. */
function isMislaid(failure: GraphFailure): boolean {
  return failure.status === 403 && deniesItem(failure);
}
