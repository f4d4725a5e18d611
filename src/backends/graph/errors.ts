/**
 * What an error of Microsoft Graph is called in EWS. Mail requests to Graph are executed by Exchange, whose error
 * codes are those of EWS: most pass as they are. The table holds the others, and what depends on the kind of object.
 *
 * @see https://learn.microsoft.com/graph/errors
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 */
import { GatewayError } from '../../errors.ts';
import { isResponseCode } from '../../ews/response-codes.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { deniesItem, GraphError, LOCAL_CODES } from './service/graph-error.ts';
import { isThrottle } from './service/retry-policy.ts';

/** What a call was about: the same 404 means another thing for a folder than for a message. */
export type Subject =
  'mailbox' | 'folder' | 'synced folder' | 'item' | 'attachment' | 'sending' | 'settings' | 'group' | 'calendar';

interface Meaning {
  readonly responseCode: string;
  /** What an administrator should know or do, behind Graph's own words. */
  readonly hint?: string;
}

const NO_MAILBOX = 'ErrorNonExistentMailbox';
const NOT_IN_CLOUD =
  'Microsoft Graph does not reach this mailbox: it is on-premises, has no licence with Exchange Online, or was ' +
  'deleted.';
/** The least permission for what a call is about, where it is not the one for mail. */
const PERMISSIONS: Readonly<Partial<Record<Subject, string>>> = {
  sending: 'Mail.Send',
  settings: 'MailboxSettings.Read',
  group: 'GroupMember.Read.All',
  calendar: 'Calendars.ReadBasic.All',
};
/** The same with the sign-in of a mailbox. */
const DELEGATED: typeof PERMISSIONS = { calendar: 'Calendars.ReadBasic' };
const OUT_OF_SCOPE =
  "The mailbox is outside the app's scope: see its application access policy and its RBAC for Applications scope.";
const SENSITIVE =
  'Microsoft Graph changes this property of received mail only with the permission Mail-Advanced.ReadWrite.';

/** Codes of Graph that EWS does not have, or that mean something else there. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ErrorInvalidUser: { responseCode: NO_MAILBOX },
  ResourceNotFound: { responseCode: NO_MAILBOX },
  Request_ResourceNotFound: { responseCode: NO_MAILBOX },
  MailboxNotEnabledForRESTAPI: { responseCode: NO_MAILBOX, hint: NOT_IN_CLOUD },
  MailboxNotSupportedForRESTAPI: { responseCode: NO_MAILBOX, hint: NOT_IN_CLOUD },
  ErrorInvalidMailboxItemId: { responseCode: 'ErrorItemNotFound' },
  AccountSuspended: { responseCode: 'ErrorAccessDenied' },
  accessDenied: { responseCode: 'ErrorAccessDenied' },
  RequestEntityTooLarge: { responseCode: 'ErrorMessageSizeExceeded' },
  quotaLimitReached: { responseCode: 'ErrorQuotaExceeded' },
  MailboxInfoStale: { responseCode: 'ErrorMailboxMoveInProgress' },
  InefficientFilter: { responseCode: 'ErrorRestrictionTooComplex' },
  SyncStateNotFound: { responseCode: 'ErrorInvalidSyncStateData' },
  SyncStateInvalid: { responseCode: 'ErrorInvalidSyncStateData' },
  ResyncRequired: { responseCode: 'ErrorInvalidSyncStateData' },
};

/** By HTTP status, where neither the code nor the table says more. */
const BY_STATUS: Readonly<Record<number, string>> = {
  403: 'ErrorAccessDenied',
  404: 'ErrorItemNotFound',
  408: 'ErrorTimeoutExpired',
  413: 'ErrorMessageSizeExceeded',
  423: 'ErrorMailboxStoreUnavailable',
  502: 'ErrorConnectionFailed',
  504: 'ErrorTimeoutExpired',
  507: 'ErrorQuotaExceeded',
};

/**
 * The error of one part of a request.
 *
 * @throws GatewayError instead, where the whole request has to be repeated later: Graph is busy or out of reach
 */
export function toResponseError(error: GraphError, subject: Subject): ResponseError {
  const fault = toFault(error);
  if (fault !== undefined) throw fault;
  const { responseCode, hint } = meaningOf(error, subject);
  return new ResponseError(responseCode, describe(error, hint));
}

/** The fault of the whole request, where no part of it can succeed now; undefined for the error of a part. */
export function toFault(error: GraphError): GatewayError | undefined {
  const text = describe(error, undefined);
  if (isThrottle(error) && error.code !== 'MailboxInfoStale')
    return new GatewayError('UPSTREAM_BUSY', `Microsoft Graph is throttling requests. ${text}`, {
      backOffMilliseconds: error.retryAfter ?? 30_000,
      cause: error,
    });
  // Of a new token, too: nothing is wrong with what the request names.
  if (error.status === 401)
    return new GatewayError('TOKEN_REJECTED_UPSTREAM', `Microsoft Graph does not accept the token. ${text}`, {
      // Until the gateway gets another one.
      backOffMilliseconds: Math.max(1_000, Math.ceil(error.retryAfter ?? 30_000)),
      cause: error,
    });
  switch (error.code) {
    case LOCAL_CODES.unreachable:
      return new GatewayError('UPSTREAM_UNREACHABLE', text, { backOffMilliseconds: 30_000, cause: error });
    case LOCAL_CODES.timeout:
      return new GatewayError('UPSTREAM_TIMEOUT', text, { cause: error });
    case LOCAL_CODES.cut:
      return new GatewayError('UPSTREAM_CUT', `${text} Whether the request was carried out is not known.`, {
        cause: error,
      });
    default:
      return undefined;
  }
}

/** The error of a whole request. */
export function asFault(error: unknown): unknown {
  if (error instanceof ResponseError)
    return new GatewayError('GRAPH_REFUSED', error.message, { responseCode: error.responseCode, cause: error });
  if (!(error instanceof GraphError)) return error;
  const fault = toFault(error);
  if (fault !== undefined) return fault;
  const { responseCode, hint } = meaningOf(error, 'mailbox');
  return new GatewayError('GRAPH_REFUSED', describe(error, hint), { responseCode, cause: error });
}

function meaningOf({ status, code, message, signedIn }: GraphError, subject: Subject): Meaning {
  if (code === 'ErrorItemNotFound' && subject === 'folder') return { responseCode: 'ErrorFolderNotFound' };
  if (subject === 'synced folder' && /^Error(?:Item|Folder)NotFound$/.test(code))
    return { responseCode: 'ErrorSyncFolderNotFound' };
  if (code === 'ErrorAccessDenied') {
    if (message.includes('[RAOP]')) return { responseCode: code, hint: OUT_OF_SCOPE };
    if (deniesItem({ code, message })) return { responseCode: 'ErrorItemNotFound' };
    return { responseCode: code, hint: lacking(subject, signedIn) };
  }
  if (code === 'Authorization_RequestDenied')
    return { responseCode: 'ErrorAccessDenied', hint: lacking(subject, signedIn) };
  if (code === 'ErrorInvalidPropertySet') return { responseCode: code, hint: SENSITIVE };
  const meaning = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  if (meaning !== undefined) return meaning;
  if (isResponseCode(code)) return { responseCode: code };
  // What Graph refuses as a bad request of ours is a mistake of the gateway.
  return { responseCode: BY_STATUS[status] ?? 'ErrorInternalServerError' };
}

/** @param signedIn the mailbox whose own sign-in was used */
function lacking(subject: Subject, signedIn: string | undefined): string {
  const permission = PERMISSIONS[subject] ?? 'Mail.ReadWrite';
  if (signedIn !== undefined)
    return (
      `The sign-in of ${signedIn} does not cover it: it takes consent to ${DELEGATED[subject] ?? permission}, and a ` +
      `right on the mailbox where that is another one. An administrator can run: ews-gateway sign-in ${signedIn}`
    );
  const role = permission.replace(/\.All$/, '');
  return (
    `The app registration lacks a permission for Microsoft Graph: ${permission} (application), with admin consent` +
    (subject === 'group' ? '.' : `, or the role "Application ${role}" of RBAC for Applications.`)
  );
}

function describe({ code, message, requestId }: GraphError, hint: string | undefined): string {
  const id = requestId === undefined ? '' : ` [Microsoft Graph request ${requestId}]`;
  const words = message === '' ? `Microsoft Graph answers ${code}.` : message;
  return `${words}${hint === undefined ? '' : ` ${hint}`}${id}`;
}
