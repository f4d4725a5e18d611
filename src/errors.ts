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
  | 'ErrorInvalidRequest'
  | 'ErrorMessageSizeExceeded'
  | 'ErrorMoreThanOneAccessModeSpecified'
  | 'ErrorSchemaValidation'
  | 'ErrorServerBusy'
  | 'ErrorSubscriptionNotFound'
  | 'ErrorTimeoutExpired';

/** Every failure the gateway tells apart, with the EWS response code a client is given for it. */
const RESPONSE_CODES = {
  CONFIG_INVALID: 'ErrorInternalServerError',
  ENVELOPE_MALFORMED: 'ErrorSchemaValidation',
  ENVELOPE_DOCTYPE: 'ErrorSchemaValidation',
  ENVELOPE_HEAD_TOO_LARGE: 'ErrorMessageSizeExceeded',
  ENVELOPE_ENCODING: 'ErrorSchemaValidation',
  REQUEST_CONTENT_ENCODING: 'ErrorInvalidRequest',
  IMPERSONATION_HEADER_INVALID: 'ErrorInvalidExchangeImpersonationHeaderData',
  IMPERSONATION_HEADER_REPEATED: 'ErrorMoreThanOneAccessModeSpecified',
  IMPERSONATION_DENIED: 'ErrorImpersonateUserDenied',
  OPERATION_DENIED: 'ErrorAccessDenied',
  MAILBOX_DENIED: 'ErrorAccessDenied',
  SUBSCRIPTION_UNKNOWN: 'ErrorSubscriptionNotFound',
  REQUEST_UNDECIDABLE: 'ErrorInvalidRequest',
  REQUEST_TOO_LARGE: 'ErrorMessageSizeExceeded',
  SPOOL_FULL: 'ErrorServerBusy',
  VERIFICATION_OVERLOADED: 'ErrorServerBusy',
  TOKEN_REFUSED: 'ErrorAccessDenied',
  TOKEN_UNAVAILABLE: 'ErrorServerBusy',
  TOKEN_REJECTED_UPSTREAM: 'ErrorServerBusy',
  EWS_DISABLED: 'ErrorAccessDenied',
  EWS_BLOCKED_BY_POLICY: 'ErrorAccessDenied',
  UPSTREAM_FORBIDDEN: 'ErrorAccessDenied',
  UPSTREAM_UNREACHABLE: 'ErrorServerBusy',
  UPSTREAM_BUSY: 'ErrorServerBusy',
  UPSTREAM_TIMEOUT: 'ErrorTimeoutExpired',
  UPSTREAM_CUT: 'ErrorTimeoutExpired',
  UPSTREAM_UNEXPECTED: 'ErrorConnectionFailed',
  CLIENT_GONE: 'ErrorConnectionFailed',
  INTERNAL: 'ErrorInternalServerError',
} as const satisfies Record<string, EwsResponseCode>;

/** Stable name of a failure, as it stands in logs and documentation. */
export type GatewayErrorCode = keyof typeof RESPONSE_CODES;

export interface GatewayErrorOptions {
  /** How long the client should wait before it tries again, in milliseconds. */
  readonly backOffMilliseconds?: number;
  readonly cause?: unknown;
}

/** A failure with a text that an administrator can act on and that may be shown to the client. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode;
  readonly responseCode: EwsResponseCode;
  readonly backOffMilliseconds: number | undefined;

  constructor(code: GatewayErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.responseCode = RESPONSE_CODES[code];
    this.backOffMilliseconds = options.backOffMilliseconds;
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

/** What the system calls an error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
