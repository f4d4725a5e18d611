/**
 * The one error class of the gateway and the stable codes it carries.
 *
 * A code says what happened in the gateway's own terms and is what logs, tests and
 * documentation refer to; `responseCode` is the EWS name the client is told. Only names of the
 * EWS ServiceError enumeration are used: the EWS Managed API turns any other name into
 * ErrorInternalServerError.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 */

/** EWS response codes the gateway itself may answer with. */
export type EwsResponseCode =
  | 'ErrorAccessDenied'
  | 'ErrorConnectionFailed'
  | 'ErrorImpersonateUserDenied'
  | 'ErrorInternalServerError'
  | 'ErrorInvalidExchangeImpersonationHeaderData'
  | 'ErrorInvalidOperation'
  | 'ErrorInvalidRequest'
  | 'ErrorMessageSizeExceeded'
  | 'ErrorMoreThanOneAccessModeSpecified'
  | 'ErrorSchemaValidation'
  | 'ErrorServerBusy'
  | 'ErrorSubscriptionNotFound'
  | 'ErrorTimeoutExpired';

/**
 * Whose concern a failure is.
 *
 * - refused: the gateway does not let the request through
 * - client: the client ended it
 * - upstream: Entra, Exchange or Graph, or the network before them
 * - internal: the gateway itself
 */
export type ErrorKind = 'refused' | 'client' | 'upstream' | 'internal';

interface ErrorRow {
  readonly responseCode: EwsResponseCode;
  readonly kind: ErrorKind;
}

/** Every failure the gateway tells apart, with what a client is told and whose concern it is. */
const ERRORS = {
  CONFIG_INVALID: { responseCode: 'ErrorInternalServerError', kind: 'internal' },
  ENVELOPE_MALFORMED: { responseCode: 'ErrorSchemaValidation', kind: 'refused' },
  ENVELOPE_DOCTYPE: { responseCode: 'ErrorSchemaValidation', kind: 'refused' },
  ENVELOPE_HEAD_TOO_LARGE: { responseCode: 'ErrorMessageSizeExceeded', kind: 'refused' },
  ENVELOPE_ENCODING: { responseCode: 'ErrorSchemaValidation', kind: 'refused' },
  REQUEST_CONTENT_TYPE: { responseCode: 'ErrorInvalidRequest', kind: 'refused' },
  REQUEST_CONTENT_ENCODING: { responseCode: 'ErrorInvalidRequest', kind: 'refused' },
  SCHEMA_VIOLATION: { responseCode: 'ErrorSchemaValidation', kind: 'refused' },
  IMPERSONATION_HEADER_INVALID: { responseCode: 'ErrorInvalidExchangeImpersonationHeaderData', kind: 'refused' },
  IMPERSONATION_HEADER_REPEATED: { responseCode: 'ErrorMoreThanOneAccessModeSpecified', kind: 'refused' },
  IMPERSONATION_DENIED: { responseCode: 'ErrorImpersonateUserDenied', kind: 'refused' },
  OPERATION_DENIED: { responseCode: 'ErrorAccessDenied', kind: 'refused' },
  MAILBOX_DENIED: { responseCode: 'ErrorAccessDenied', kind: 'refused' },
  SUBSCRIPTION_UNKNOWN: { responseCode: 'ErrorSubscriptionNotFound', kind: 'refused' },
  REQUEST_UNDECIDABLE: { responseCode: 'ErrorInvalidRequest', kind: 'refused' },
  REQUEST_TOO_LARGE: { responseCode: 'ErrorMessageSizeExceeded', kind: 'refused' },
  SPOOL_FULL: { responseCode: 'ErrorServerBusy', kind: 'internal' },
  VERIFICATION_OVERLOADED: { responseCode: 'ErrorServerBusy', kind: 'internal' },
  TOKEN_REFUSED: { responseCode: 'ErrorAccessDenied', kind: 'upstream' },
  TOKEN_UNAVAILABLE: { responseCode: 'ErrorServerBusy', kind: 'upstream' },
  TOKEN_REJECTED_UPSTREAM: { responseCode: 'ErrorServerBusy', kind: 'upstream' },
  EWS_DISABLED: { responseCode: 'ErrorAccessDenied', kind: 'upstream' },
  EWS_BLOCKED_BY_POLICY: { responseCode: 'ErrorAccessDenied', kind: 'upstream' },
  UPSTREAM_FORBIDDEN: { responseCode: 'ErrorAccessDenied', kind: 'upstream' },
  UPSTREAM_UNREACHABLE: { responseCode: 'ErrorServerBusy', kind: 'upstream' },
  UPSTREAM_BUSY: { responseCode: 'ErrorServerBusy', kind: 'upstream' },
  UPSTREAM_TIMEOUT: { responseCode: 'ErrorTimeoutExpired', kind: 'upstream' },
  UPSTREAM_CUT: { responseCode: 'ErrorTimeoutExpired', kind: 'upstream' },
  UPSTREAM_UNEXPECTED: { responseCode: 'ErrorConnectionFailed', kind: 'upstream' },
  AUDIT_UNAVAILABLE: { responseCode: 'ErrorServerBusy', kind: 'internal' },
  OPERATION_UNSUPPORTED: { responseCode: 'ErrorInvalidOperation', kind: 'refused' },
  GRAPH_REFUSED: { responseCode: 'ErrorAccessDenied', kind: 'upstream' },
  STREAMS_EXHAUSTED: { responseCode: 'ErrorServerBusy', kind: 'refused' },
  CONFIGURATION_CHANGED: { responseCode: 'ErrorServerBusy', kind: 'internal' },
  GATEWAY_STOPPING: { responseCode: 'ErrorServerBusy', kind: 'internal' },
  CLIENT_TOO_SLOW: { responseCode: 'ErrorTimeoutExpired', kind: 'client' },
  CLIENT_PIPELINES: { responseCode: 'ErrorConnectionFailed', kind: 'client' },
  CLIENT_GONE: { responseCode: 'ErrorConnectionFailed', kind: 'client' },
  INTERNAL: { responseCode: 'ErrorInternalServerError', kind: 'internal' },
} as const satisfies Record<string, ErrorRow>;

/** Stable name of a failure, as it stands in logs and documentation. */
export type GatewayErrorCode = keyof typeof ERRORS;

/** Every code. */
export const GATEWAY_ERROR_CODES = Object.keys(ERRORS) as readonly GatewayErrorCode[];

/** Whose concern a failure is; undefined for a name that is no {@link GatewayErrorCode}. */
export function kindOf(code: string): ErrorKind | undefined {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as GatewayErrorCode].kind : undefined;
}

/** An answer that broke off: what the client was sent of it. */
export interface BegunAnswer {
  readonly status: number;
  /** Body bytes. */
  readonly bytes: number;
}

/** Who ended a request before its end. */
export type EndedBy = 'client' | 'gateway' | 'upstream';

/** What in a request the schemas of EWS do not allow. */
export interface SchemaViolation {
  readonly text: string;
  /** Where it stands, from 1, in characters as UTF-16 counts them. */
  readonly place: { readonly line: number; readonly position: number };
}

export interface GatewayErrorOptions {
  /** How long the client should wait before it tries again, in milliseconds. */
  readonly backOffMilliseconds?: number;
  /** In place of the code's own: what the service said, where EWS has the same name for it. */
  readonly responseCode?: string;
  readonly cause?: unknown;
  readonly begun?: BegunAnswer;
  /** HTTP status that the service answered, where it is needed for more than the text. */
  readonly upstreamStatus?: number;
  readonly violation?: SchemaViolation;
}

/** A failure with a text that an administrator can act on and that may be shown to the client. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode;
  /** A name of the ServiceError enumeration. */
  readonly responseCode: string;
  readonly kind: ErrorKind;
  readonly backOffMilliseconds: number | undefined;
  /** Undefined where no answer had begun. */
  readonly begun: BegunAnswer | undefined;
  /** HTTP status of the service, where there was one and it matters. */
  readonly upstreamStatus: number | undefined;
  readonly violation: SchemaViolation | undefined;

  constructor(code: GatewayErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.responseCode = options.responseCode ?? ERRORS[code].responseCode;
    this.kind = ERRORS[code].kind;
    this.backOffMilliseconds = options.backOffMilliseconds;
    this.begun = options.begun;
    this.upstreamStatus = options.upstreamStatus;
    this.violation = options.violation;
  }

  /** Who ended the request: the gateway too where a client was too slow, or too quick, for it. */
  get endedBy(): EndedBy {
    if (this.code === 'CLIENT_GONE') return 'client';
    return this.kind === 'upstream' ? 'upstream' : 'gateway';
  }

  /** The same error, after an answer had begun. */
  afterBeginning(begun: BegunAnswer): GatewayError {
    const { code, message, backOffMilliseconds, cause } = this;
    return new GatewayError(code, message, {
      begun,
      ...(backOffMilliseconds === undefined ? {} : { backOffMilliseconds }),
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** The error itself if it is one of ours, else an INTERNAL error that does not tell the client details. */
  static from(error: unknown): GatewayError {
    if (error instanceof GatewayError) return error;
    return new GatewayError(
      'INTERNAL',
      'The gateway failed while handling this request. Its log has the details under this request id.',
      {
        cause: error,
      },
    );
  }
}

/** What an error says, without where it comes from. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the system calls an error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
