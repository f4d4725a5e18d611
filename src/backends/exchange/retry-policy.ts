/**
 * What to do after a call to Exchange: nothing, or send it once more, at once, after a pause, or with a new token. A
 * pure decision: the loop in backend.ts acts on it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
 */
import { parseRetryAfter } from '../../network/retry-after.ts';
import type { ExchangeFault } from './exchange-fault.ts';
import type { CallResult } from './call-result.ts';

export interface RetryState {
  /** Whether the operation changes nothing. */
  readonly readsOnly: boolean;
  /** Whether all of the body is still here. */
  readonly replayable: boolean;
  /** Whether a new token was fetched for this request already. */
  readonly tokenRenewed: boolean;
  /** Whether it was sent once more already because its connection broke after it was sent. */
  readonly repeated: boolean;
  /** How often the request was put off already. */
  readonly retries: number;
  /** How long the request may still wait, in milliseconds. */
  readonly patience: number;
}

export type Decision =
  | { readonly next: 'done' }
  /** The answer goes to the client as it is, and a cooldown of the mailbox begins. */
  | { readonly next: 'done'; readonly cooldown: number }
  | { readonly next: 'retry'; readonly cooldown: number }
  | { readonly next: 'renew token' }
  /** Sent once more at once. */
  | { readonly next: 'repeat' };

/** Cooldown after a 503 that does not name one, in milliseconds. */
const DEFAULT_COOLDOWN = 5_000;
/** Doubled with each retry: however short Exchange says, the same request does not come back at once for ever. */
const SHORTEST_PAUSE = 100;

/**
 * @param fault what Exchange said with HTTP 500, if it did
 * @example decide({ kind: 'held', status: 429, … }, undefined, state) // { next: 'retry', cooldown: 5000 }
 */
export function decide(result: CallResult, fault: ExchangeFault | undefined, state: RetryState): Decision {
  if (result.kind === 'broken') return mayRepeat(result, state) ? { next: 'repeat' } : { next: 'done' };
  if (result.kind === 'relayed') return { next: 'done' };
  if (result.status === 401 && !state.tokenRenewed) return { next: 'renew token' };
  const asked = cooldownOf(result, fault, state);
  if (asked === undefined) return { next: 'done' };
  const cooldown = Math.max(asked, SHORTEST_PAUSE * 2 ** state.retries);
  return { next: state.replayable && cooldown <= state.patience ? 'retry' : 'done', cooldown };
}

/**
 * What was never sent can be sent for as long as the client waits: each try takes its time. What was sent may have been
 * carried out, which does not matter where it changes nothing.
 */
function mayRepeat({ sent }: CallResult & { readonly kind: 'broken' }, state: RetryState): boolean {
  if (!state.replayable) return false;
  return sent ? state.readsOnly && !state.repeated : state.patience > 0;
}

/**
 * The pause that Exchange wants after a request it has not carried out; undefined where it may have carried it out.
 *
 * It says so with ErrorServerBusy, or with the time to wait. Without that time a 503 may be from a proxy in between:
 * what changes nothing can be sent again all the same.
 */
function cooldownOf(
  { status, headers }: CallResult & { readonly kind: 'held' },
  fault: ExchangeFault | undefined,
  state: RetryState,
): number | undefined {
  if (status === 500) return fault?.backOff;
  if (status !== 429 && status !== 503) return undefined;
  return parseRetryAfter(headers['retry-after']) ?? (state.readsOnly ? DEFAULT_COOLDOWN : undefined);
}
