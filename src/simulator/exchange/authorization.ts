/**
 * Who may use EWS, and as which mailbox a request acts.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/impersonation-and-ews-in-exchange
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { EnvelopeHead } from '../../soap/envelope-head.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { SoapFault } from './soap-fault.ts';
import type { TokenClaims } from './token-check.ts';

/** The tenant's switches, as an Exchange administrator sets them. */
export interface TenantSettings {
  ewsEnabled: boolean;
  /** Undefined: no list, everything allowed (EwsEnabled is null). */
  allowedAppIds: readonly string[] | undefined;
  blockedUserAgents: readonly RegExp[];
  /** Mailboxes that an application access policy or RBAC scope excludes. */
  excludedMailboxes: ReadonlySet<string>;
  /** Apps whose access comes from RBAC for Applications, with no role in the token. */
  rbacApps: ReadonlySet<string>;
  /** Mailboxes the app may not impersonate. */
  impersonationDenied: ReadonlySet<string>;
}

/** Headers of the 403 that a switch of the tenant makes of a request, undefined where none does. */
export function policyBlock(
  { ewsEnabled, allowedAppIds, blockedUserAgents }: TenantSettings,
  { appid }: TokenClaims,
  headers: IncomingHttpHeaders,
): Record<string, string> | undefined {
  if (!ewsEnabled) return { 'X-EWS-Policy-Reason': 'EWS is disabled for this user or tenant' };
  const agent = headers['user-agent'] ?? '';
  const isBlocked =
    (allowedAppIds !== undefined && !allowedAppIds.includes(appid)) ||
    blockedUserAgents.some((pattern) => pattern.test(agent));
  return isBlocked ? { 'X-EWS-Policy-Reason': 'EWS is blocked by policy for this user or tenant' } : undefined;
}

/** The mailbox that a request acts as. @throws SoapFault */
export function mailboxFor(
  mailboxes: readonly Mailbox[],
  { upn }: TokenClaims,
  head: EnvelopeHead,
  { impersonationDenied }: TenantSettings,
): Mailbox {
  return upn === undefined ? impersonated(mailboxes, head, impersonationDenied) : ownMailbox(mailboxes, upn, head);
}

/** The mailbox of the user who signed in; impersonating is refused then. */
function ownMailbox(mailboxes: readonly Mailbox[], upn: string, head: EnvelopeHead): Mailbox {
  if (head.impersonation !== undefined)
    throw new SoapFault(
      'ErrorInvalidExchangeImpersonationHeaderData',
      'ExchangeImpersonation SOAP header must not exist for this type of OAuth token.',
    );
  const mailbox = mailboxes.find(({ address }) => address.toLowerCase() === upn.toLowerCase());
  if (mailbox === undefined) throw new SoapFault('ErrorNonExistentMailbox', 'No mailbox with such guid.');
  return mailbox;
}

/** The mailbox of the ExchangeImpersonation header, which an app-only token must always bring. */
function impersonated(mailboxes: readonly Mailbox[], head: EnvelopeHead, denied: ReadonlySet<string>): Mailbox {
  const sid = head.impersonation;
  if (sid === undefined)
    throw new SoapFault(
      'ErrorInvalidExchangeImpersonationHeaderData',
      'ExchangeImpersonation SOAP header must be present for this type of OAuth token.',
    );
  const name = sid.value.toLowerCase();
  const mailbox = mailboxes.find((candidate) => candidate.owns(name));
  if (mailbox === undefined)
    throw new SoapFault('ErrorNonExistentMailbox', 'The SMTP address has no mailbox associated with it.');
  if (sid.type === 'PrimarySmtpAddress' && mailbox.address.toLowerCase() !== name)
    throw new SoapFault(
      'ErrorNonPrimarySmtpAddress',
      `The primary SMTP address must be specified when referencing a mailbox: ${mailbox.address}`,
    );
  if (denied.has(mailbox.address))
    throw new SoapFault(
      'ErrorImpersonateUserDenied',
      'The account does not have permission to impersonate the requested user.',
    );
  return mailbox;
}
