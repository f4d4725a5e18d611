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

const UNCERTAIN_STATUS: ReadonlySet<number> = new Set([0, 408, 500, 502, 504]);
/** Codes with such a status that stay as they are, however often one asks. */
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

/** Whether Graph may have carried a call out although it gave no answer, or none that says so. */
export function isUncertain({ status, code }: GraphFailure): boolean {
  if (PERMANENT_CODES.has(code) || code === LOCAL_CODES.unreachable) return false;
  return UNCERTAIN_STATUS.has(status) || code === LOCAL_CODES.truncated;
}

/** Whether what was thrown leaves open if something was carried out. */
export function leavesOpen(error: unknown): boolean {
  return error instanceof GraphError && isUncertain(error);
}

/** Whether Graph may still be at a call that it has not answered in time: what it does is not there to be found yet. */
export function mayBeUnderWay(error: unknown): boolean {
  return error instanceof GraphError && (error.code === LOCAL_CODES.timeout || error.status === 504);
}

/**
 * Whether Graph says that an id is none of an item, which it does with a code of its own for missing rights.
 *
 * @see https://github.com/elie222/inbox-zero/issues/3580
 */
export function deniesItem({ code, message }: Pick<GraphFailure, 'code' | 'message'>): boolean {
  return code === 'ErrorAccessDenied' && message.includes("store ID provided isn't an ID of an item");
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
