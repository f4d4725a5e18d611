/**
 * Explains what Exchange, or the way to it, answered instead of EWS.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
 */
import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../errors.ts';
import { ewsEndText } from '../../ews-end.ts';
import { onlyReads } from '../../ews/operations.ts';
import { connectFailure, isBeforeSending } from '../../network/outbound.ts';
import { parseRetryAfter } from '../../network/retry-after.ts';

export interface UpstreamContext {
  readonly registration: string;
  readonly clientId: string;
  readonly flow: 'application' | 'delegated';
  readonly mailbox: string;
  readonly host: string;
  /** The proxy on the way, if there is one. */
  readonly proxy: string | undefined;
  readonly userAgent: string | undefined;
  /** Milliseconds until the gateway gets another token for one that is refused; undefined where it does not. */
  readonly replacementIn?: number | undefined;
}

const DEFAULT_BACK_OFF = 30_000;

/** Whether EWS is switched off or not allowed: Exchange has done nothing then. */
export function isBlock(answer: { readonly status: number; readonly headers: IncomingHttpHeaders }): boolean {
  return answer.status === 403 && answer.headers['x-ews-policy-reason'] !== undefined;
}

/**
 * The error for a status that is not passed on to the client.
 *
 * @param status any but 401, which the caller handles
 * @param headers of the upstream's response
 */
export function statusError(status: number, headers: IncomingHttpHeaders, context: UpstreamContext): GatewayError {
  const { host } = context;
  if (status === 403) return forbidden(headers, context);
  const retryAfter = parseRetryAfter(headers['retry-after']);
  // A 503 that names no time is an outage, of Exchange or of something on the way.
  if (status === 429 || (status === 503 && retryAfter !== undefined)) {
    return new GatewayError(
      'UPSTREAM_BUSY',
      `Exchange is throttling requests for ${context.mailbox} (HTTP ${status} from ${host}). Try again later.`,
      {
        backOffMilliseconds: retryAfter ?? DEFAULT_BACK_OFF,
      },
    );
  }
  if (status === 502 || status === 503 || status === 504) {
    return new GatewayError(
      'UPSTREAM_BUSY',
      `${host} answers HTTP ${status}: Exchange or a proxy in between has a passing problem. Try again later.`,
      {
        backOffMilliseconds: retryAfter ?? DEFAULT_BACK_OFF,
      },
    );
  }
  if (status === 413) {
    return new GatewayError('UPSTREAM_UNEXPECTED', `${host} refuses the request because it is too large (HTTP 413).`);
  }
  if (status >= 300 && status < 400) {
    return new GatewayError(
      'UPSTREAM_UNEXPECTED',
      `${host} redirects (HTTP ${status}) instead of answering. Check 'cloud' and 'endpoints.ews' of ` +
        `registration '${context.registration}'.`,
    );
  }
  return new GatewayError(
    'UPSTREAM_UNEXPECTED',
    `${host} answers HTTP ${status} without a SOAP message. Check 'endpoints.ews' of registration ` +
      `'${context.registration}', and whether a proxy is in between.`,
    { upstreamStatus: status },
  );
}

function forbidden(headers: IncomingHttpHeaders, context: UpstreamContext): GatewayError {
  const { mailbox, clientId } = context;
  const reason = headers['x-ews-policy-reason'];
  const text = typeof reason === 'string' ? reason.toLowerCase() : '';
  if (text.includes('disabled')) {
    return new GatewayError(
      'EWS_DISABLED',
      `EWS is switched off for the tenant or for mailbox ${mailbox} (EwsEnabled is False; since October 2026 ` +
        `that is the default). ` +
        `An Exchange administrator must run Set-OrganizationConfig -EwsEnabled $true, add ${clientId} to ` +
        `EwsAllowedAppIDs, ` +
        `and check Get-CASMailbox ${mailbox} for EwsEnabled. It can take 24 hours, and ends on ${ewsEndText()}.`,
    );
  }
  if (text.includes('blocked')) {
    return new GatewayError(
      'EWS_BLOCKED_BY_POLICY',
      `A policy of the tenant blocks EWS for this app or program: either app ${clientId} is not in EwsAllowedAppIDs ` +
        `(read the list with Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy, add the id and write ` +
        `the whole list back; it can take 24 hours), ` +
        `or EwsApplicationAccessPolicy refuses the User-Agent "${context.userAgent ?? ''}" (add it to ` +
        `EwsAllowList, or set userAgent of registration '${context.registration}').`,
    );
  }
  return new GatewayError(
    'UPSTREAM_FORBIDDEN',
    `Exchange refuses app ${clientId} the mailbox ${mailbox} (HTTP 403 without X-EWS-Policy-Reason). Likely ` +
      `causes: an application access policy ` +
      `or RBAC scope that does not include the mailbox (Test-ApplicationAccessPolicy, ` +
      `Test-ServicePrincipalAuthorization), ` +
      `or a Kiosk, F1 or F3 licence of the mailbox, which has no EWS since October 2026.`,
  );
}

/** The error for a second 401: Exchange refuses a token that was fetched for it. */
export function tokenRejected(headers: IncomingHttpHeaders, context: UpstreamContext): GatewayError {
  const diagnostics = headers['x-ms-diagnostics'];
  const text = typeof diagnostics === 'string' ? diagnostics : '';
  const reason = /reason="([^"]{1,300})"/.exec(text)?.[1];
  const remedy = text.startsWith('2000008')
    ? context.flow === 'delegated'
      ? `Grant app ${context.clientId} the delegated permission EWS.AccessAsUser.All, then sign ` +
        `${context.mailbox} in again.`
      : `Grant app ${context.clientId} the application permission full_access_as_app with admin consent, or ` +
        `an RBAC for Applications role.`
    : `${another(context)}'cloud', 'endpoints' and 'scope' of registration '${context.registration}', and the clock ` +
      `of this machine.`;
  return new GatewayError(
    'TOKEN_REJECTED_UPSTREAM',
    `Exchange does not accept the token of registration ` +
      `'${context.registration}'${reason === undefined ? '' : ` ("${reason}")`}. ${remedy}`,
    { backOffMilliseconds: backOffOf(context) },
  );
}

function backOffOf({ replacementIn = DEFAULT_BACK_OFF }: UpstreamContext): number {
  return Math.max(1_000, Math.ceil(replacementIn));
}

/** A key or a permission that is new may take a moment to be known everywhere: another token may do. */
function another(context: UpstreamContext): string {
  if (context.replacementIn === undefined) return 'Check ';
  return `The gateway gets another one in ${Math.ceil(backOffOf(context) / 1_000)} s. If that is refused too, check `;
}

/**
 * The error for a request that got no answer.
 *
 * ErrorServerBusy invites the client to repeat, so it is said only where nothing was sent. Where
 * Exchange may have carried the request out, the text says that this is not known.
 *
 * @param error from undici
 * @param sent whether any of the request may have reached Exchange
 */
export function connectionError(
  error: Error,
  sent: boolean,
  operation: string,
  context: UpstreamContext,
): GatewayError {
  if (error instanceof GatewayError) return error;
  // A mistake of the gateway's own while it handled the answer: the log has to show it as one.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    return GatewayError.from(error);
  const code = 'code' in error ? String(error.code) : error.name;
  const { host } = context;
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new GatewayError(
      'UPSTREAM_TIMEOUT',
      `Exchange (${host}) did not answer ${operation} in time. ${carriedOut(operation)}`,
      { cause: error },
    );
  }
  if (!sent || isBeforeSending(error)) {
    const [through, remedy] =
      context.proxy === undefined
        ? ['', "Check network, DNS, proxy and TLS of the gateway's machine."]
        : [
            ` through proxy ${context.proxy}`,
            "Check 'proxy' in the configuration (or https_proxy in the environment), and the network.",
          ];
    return new GatewayError(
      'UPSTREAM_UNREACHABLE',
      `Exchange (${host}) cannot be reached${through} (${connectFailure(error)}). ${remedy}`,
      { backOffMilliseconds: DEFAULT_BACK_OFF, cause: error },
    );
  }
  return new GatewayError(
    'UPSTREAM_CUT',
    `The connection to Exchange (${host}) broke before it answered ${operation} (${code}). ${carriedOut(operation)}`,
    { cause: error },
  );
}

/** What a client may conclude of a request without an answer. */
function carriedOut(operation: string): string {
  return onlyReads(operation) || operation.startsWith('GET ')
    ? 'It changes nothing, and can be sent again.'
    : 'Whether it was carried out is not known.';
}
