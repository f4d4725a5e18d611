/**
 * Keeps one registration's token at hand.
 *
 * - Any number of concurrent requests cause one fetch.
 * - A token is renewed at half its life by a timer, so no request waits for a renewal; while that
 *   fails, the old token is used until it really ends.
 * - After a failure Entra is not asked for a while, longer each time, or as long as it asked for;
 *   requests in that while fail at once with the same explanation.
 */
import { TokenError, type AccessToken, type FetchToken } from './entra-client.ts';

/** A token this close to its end is not used any more: the request must still reach Exchange. */
const EXPIRY_MARGIN = 15_000;
/** How long an error that somebody must correct is remembered. */
const PERMANENT_ERROR_MEMORY = 30_000;
const FIRST_RETRY = 1_000;
const LONGEST_RETRY = 60_000;
const LONGEST_RETRY_AFTER = 3_600_000;
/** How long after a token that Exchange refused was replaced the next may be: longer each time, if it goes on. */
const FIRST_REPLACEMENT = 5_000;
const LONGEST_REPLACEMENT = 30_000;
/** Refusals this far apart have nothing to do with each other. */
const REPLACEMENTS_REMEMBERED = 120_000;
const LONGEST_TIMER = 2_147_483_647;

export interface TokenStatus {
  /** Milliseconds since the epoch, undefined where there is no token. */
  readonly expiresAt: number | undefined;
  readonly lastError: TokenError | undefined;
}

/** Told about each fetch, for log and metrics. */
export type TokenEvent =
  | { readonly kind: 'obtained'; readonly expiresAt: number; readonly permissions: readonly string[] | undefined }
  | { readonly kind: 'failed'; readonly error: TokenError; readonly retryIn: number };

export interface Clocks {
  /** Milliseconds since the epoch, in which tokens say when they end. */
  readonly wall: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic: () => number;
}

const REAL: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/** Setting the clock neither ends a token, nor makes anybody wait for longer. */
export class TokenSource {
  readonly #fetch: FetchToken;
  readonly #clocks: Clocks;
  readonly #onEvent: (event: TokenEvent) => void;
  #token: AccessToken | undefined;
  /** When the token is no longer used; this and what follows by the monotonic clock. */
  #tokenEnd = 0;
  #pending: Promise<AccessToken> | undefined;
  #failure: { readonly error: TokenError; readonly until: number } | undefined;
  #failures = 0;
  #lastReplacement = Number.NEGATIVE_INFINITY;
  #replacements = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(fetch: FetchToken, onEvent: (event: TokenEvent) => void = () => undefined, clocks: Clocks = REAL) {
    this.#clocks = clocks;
    this.#fetch = fetch;
    this.#onEvent = onEvent;
  }

  /**
   * A token that is valid now: at once where there is one, else as soon as Entra gives one.
   *
   * @throws TokenError (or rejects with it)
   */
  get(): AccessToken | Promise<AccessToken> {
    const token = this.#token;
    const now = this.#clocks.monotonic();
    if (token !== undefined && now < this.#tokenEnd) return token;
    if (this.#failure !== undefined && now < this.#failure.until) throw this.#failure.error;
    return this.#obtain();
  }

  /**
   * Exchange refused this token.
   *
   * @returns whether it makes sense to try again with what {@link get} gives now; false where a
   *   replacement has just been refused too, so that fetching more tokens would only load Entra
   */
  reject(token: AccessToken): boolean {
    // Another request has reported it already: its replacement is here, or under way.
    if (this.#token?.value !== token.value) return true;
    if (this.replacementIn > 0) return false;
    const now = this.#clocks.monotonic();
    if (now - this.#lastReplacement > REPLACEMENTS_REMEMBERED) this.#replacements = 0;
    this.#lastReplacement = now;
    this.#replacements++;
    this.#token = undefined;
    return true;
  }

  /** Milliseconds until a refused token is replaced; 0 where that would be now. */
  get replacementIn(): number {
    const interval = Math.min(FIRST_REPLACEMENT * 2 ** (this.#replacements - 1), LONGEST_REPLACEMENT);
    return Math.max(0, this.#lastReplacement + interval - this.#clocks.monotonic());
  }

  status(): TokenStatus {
    return { expiresAt: this.#token?.expiresAt, lastError: this.#failure?.error };
  }

  /** Stops renewing. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #obtain(): Promise<AccessToken> {
    this.#pending ??= this.#fetch()
      .then(
        (token) => this.#succeeded(token),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        this.#pending = undefined;
      });
    return this.#pending;
  }

  #succeeded(token: AccessToken): AccessToken {
    const { wall, monotonic } = this.#clocks;
    this.#token = token;
    this.#tokenEnd = monotonic() + token.expiresAt - wall() - EXPIRY_MARGIN;
    this.#failure = undefined;
    this.#failures = 0;
    // Up to a tenth earlier, so that many gateways started together do not renew together.
    const life = token.expiresAt - token.obtainedAt;
    this.#renewIn((life / 2) * (1 - Math.random() / 10));
    this.#onEvent({ kind: 'obtained', expiresAt: token.expiresAt, permissions: token.permissions });
    return token;
  }

  #failed(cause: unknown): never {
    const error =
      cause instanceof TokenError
        ? cause
        : new TokenError('The token request failed inside the gateway.', { transient: true, cause });
    const grown = Math.min(FIRST_RETRY * 2 ** this.#failures++, LONGEST_RETRY);
    const wait =
      error.retryAfter === undefined
        ? error.transient
          ? grown
          : PERMANENT_ERROR_MEMORY
        : Math.min(error.retryAfter, LONGEST_RETRY_AFTER);
    this.#failure = { error, until: this.#clocks.monotonic() + wait };
    if (this.#token !== undefined) this.#renewIn(wait);
    this.#onEvent({ kind: 'failed', error, retryIn: wait });
    throw error;
  }

  #renewIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(
      () => {
        this.#obtain().catch(() => undefined); // told through onEvent; the next try is scheduled
      },
      Math.min(milliseconds, LONGEST_TIMER),
    ).unref();
  }
}
