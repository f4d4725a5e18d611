/** What Microsoft Graph refused or failed to answer. */
export interface GraphFailure {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Graph's code, for example ErrorItemNotFound; one of {@link LOCAL_CODES} where the gateway noticed it itself. */
  readonly code: string;
  readonly message: string;
  /** Graph's own id of the request, which Microsoft's support asks for. */
  readonly requestId: string | undefined;
  /** What Graph asked to wait, in milliseconds. */
  readonly retryAfter: number | undefined;
  /** The mailbox whose own sign-in was used; undefined with the app's own right. */
  readonly signedIn?: string | undefined;
}

/** Failures that have no code of Graph. */
export const LOCAL_CODES = {
  /** No connection, or it broke off. */
  cut: 'ConnectionCut',
  /** Nothing of the request was sent. */
  unreachable: 'Unreachable',
  timeout: 'Timeout',
  /** HTTP 200 with JSON that breaks off or holds an error in the middle, or from something in between. */
  truncated: 'TruncatedAnswer',
  /** An answer that is none of Graph's, for example a proxy's page. */
  unexpected: 'UnexpectedAnswer',
} as const;

export class GraphError extends Error implements GraphFailure {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly signedIn: string | undefined;

  constructor(failure: GraphFailure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.name = 'GraphError';
    this.status = failure.status;
    this.code = failure.code;
    this.requestId = failure.requestId;
    this.retryAfter = failure.retryAfter;
    this.signedIn = failure.signedIn;
  }
}

/** Whether Graph may have carried the call out although it gave no answer. */
export function isUncertain(error: unknown): boolean {
  if (!(error instanceof GraphError)) return false;
  const { code, status } = error;
  if (code === LOCAL_CODES.cut || code === LOCAL_CODES.timeout || code === LOCAL_CODES.truncated) return true;
  return status === 500 || status === 502 || status === 504;
}

/** The longest message that is kept: Graph quotes ids and filters. */
const MAX_MESSAGE = 500;

/**
 * Reads `{"error":{"code":"…","message":"…","innerError":{"request-id":"…"}}}`.
 *
 * @param value the parsed body, undefined where it was no JSON
 * @see https://learn.microsoft.com/graph/errors
 */
export function readFailure(
  status: number,
  value: unknown,
  headers: Pick<GraphFailure, 'requestId' | 'retryAfter' | 'signedIn'>,
): GraphFailure {
  const error = property(value, 'error');
  const code = property(error, 'code');
  const message = property(error, 'message');
  const inner = property(property(error, 'innerError'), 'request-id');
  return {
    status,
    code: typeof code === 'string' && code !== '' ? code.slice(0, 100) : LOCAL_CODES.unexpected,
    message: typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : '',
    requestId: headers.requestId ?? (typeof inner === 'string' ? inner : undefined),
    retryAfter: headers.retryAfter,
    signedIn: headers.signedIn,
  };
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
