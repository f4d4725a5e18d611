/**
 * Which calls to Graph are made once more, and after which pause. A pure decision: the loop in client.ts acts on it.
 *
 * 429 and 503 say that nothing was carried out. After a 5xx or a broken connection that is not known, so that only
 * what can be repeated without harm is repeated: a second send would send twice, a second copy would copy twice. A
 * move that may have been carried out is looked for by the operation (see operations/move-item.ts).
 *
 * @see https://learn.microsoft.com/graph/throttling
 * @see https://learn.microsoft.com/graph/best-practices-concept#handling-expected-errors
 */
import { LOCAL_CODES, type GraphFailure } from './graph-error.ts';

/** What a second try would do. */
export type Repeatable =
  /** Reading, setting to a value, deleting: nothing different. */
  | 'always'
  /** Creating, moving, copying, sending: it might happen twice. */
  | 'unless carried out';

export interface GraphRetryState {
  readonly repeatable: Repeatable;
  /** Tries so far that were throttled. */
  readonly throttled: number;
  /** Tries so far that failed otherwise. */
  readonly failed: number;
  readonly tokenRenewed: boolean;
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

const MAX_FAILED = 2;
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 180_000;
const TRANSIENT_PAUSE = 500;
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 500, 502, 504]);
/** Codes with a transient status that stay as they are, however often one asks. */
const PERMANENT_CODES: ReadonlySet<string> = new Set([
  'ErrorMimeContentConversionFailed',
  'ErrorContentConversionFailed',
  'ErrorUnsupportedMimeConversion',
  'ErrorCannotOpenFileAttachment',
  'ErrorItemCorrupt',
  'ErrorCorruptData',
  'ErrorMoveCopyFailed',
  'ErrorMoveDistinguishedFolder',
  'ErrorVirusDetected',
]);

/** @example decide({ status: 429, retryAfter: 1000, … }, state) // { next: 'retry', pause: 1000, throttled: true } */
export function decide(failure: GraphFailure, state: GraphRetryState): GraphDecision {
  const { status, code } = failure;
  if (status === 401) return state.tokenRenewed ? { next: 'fail' } : { next: 'renew token' };
  if (isThrottle(failure)) {
    const grown = FIRST_PAUSE * 2 ** state.throttled * (1 + state.jitter / 4);
    const pause = Math.min(failure.retryAfter ?? grown, LONGEST_PAUSE);
    return pause < state.patience ? { next: 'retry', pause, throttled: true } : { next: 'fail' };
  }
  if (!isTransient(status, code) || state.failed >= MAX_FAILED) return { next: 'fail' };
  if (state.repeatable !== 'always' && code !== LOCAL_CODES.unreachable) return { next: 'fail' };
  const pause = TRANSIENT_PAUSE * 2 ** state.failed * (1 + state.jitter);
  return pause < state.patience ? { next: 'retry', pause, throttled: false } : { next: 'fail' };
}

/** Whether Graph put the call off without doing anything. */
export function isThrottle({ status }: GraphFailure): boolean {
  return status === 429 || status === 503 || status === 509;
}

function isTransient(status: number, code: string): boolean {
  if (PERMANENT_CODES.has(code)) return false;
  return TRANSIENT_STATUS.has(status) || status === 0 || code === LOCAL_CODES.truncated || status === 423;
}
