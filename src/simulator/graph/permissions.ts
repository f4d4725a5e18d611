/**
 * Who may do what: application permissions, delegated ones, and scopes that exclude mailboxes.
 *
 * @see https://learn.microsoft.com/graph/permissions-reference
 * @see https://learn.microsoft.com/graph/auth-limit-mailbox-access
 * @see https://learn.microsoft.com/exchange/permissions-exo/application-rbac
 */
import type { Mailbox } from '../mailbox/mailbox.ts';
import { accessDenied, GraphError } from './errors.ts';
import type { GraphSettings } from './settings.ts';
import type { TokenClaims } from './token-check.ts';

/** A permission without its suffix: `.All` for apps, `.Shared` for other people's mailboxes. */
export type Permission =
  | 'Mail.ReadBasic'
  | 'Mail.Read'
  | 'Mail.ReadWrite'
  | 'Mail.Send'
  | 'Mail-Advanced.ReadWrite'
  | 'MailboxSettings.Read'
  | 'MailboxSettings.ReadWrite'
  | 'Calendars.ReadBasic'
  | 'User.ReadBasic'
  | 'User.Read'
  | 'GroupMember.Read'
  | 'none';

/** Permissions that hold each other, the least first. */
const INCLUDED_IN: Readonly<Partial<Record<Permission, readonly string[]>>> = {
  'Mail.ReadBasic': ['Mail.ReadBasic', 'Mail.Read', 'Mail.ReadWrite'],
  'Mail.Read': ['Mail.Read', 'Mail.ReadWrite'],
  'MailboxSettings.Read': ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'],
  'Calendars.ReadBasic': ['Calendars.ReadBasic', 'Calendars.Read', 'Calendars.ReadWrite'],
  'User.ReadBasic': ['User.ReadBasic', 'User.Read', 'User.ReadWrite', 'Directory.Read'],
  'User.Read': ['User.Read', 'User.ReadWrite', 'Directory.Read'],
  'GroupMember.Read': ['GroupMember.Read', 'Group.Read', 'Group.ReadWrite', 'Directory.Read'],
};

const DIRECTORY: ReadonlySet<Permission> = new Set(['User.ReadBasic', 'User.Read', 'GroupMember.Read']);

/** Whether a token, or RBAC for Applications beside it, grants a permission for a mailbox. */
export function grants(
  { appid, roles, scopes, upn }: TokenClaims,
  permission: Permission,
  mailbox: Mailbox | undefined,
  settings: GraphSettings,
): boolean {
  if (permission === 'none') return true;
  const names = INCLUDED_IN[permission] ?? [permission];
  if (scopes === undefined) {
    const held = new Set([...roles, ...(settings.rbacApps.get(appid) ?? [])]);
    return names.some((name) => held.has(name) || held.has(`${name}.All`));
  }
  const isOwn = mailbox === undefined || (upn !== undefined && mailbox.owns(upn));
  return names.some(
    (name) =>
      scopes.includes(`${name}.Shared`) ||
      ((isOwn || DIRECTORY.has(permission)) && (scopes.includes(name) || scopes.includes(`${name}.All`))),
  );
}

/**
 * Checks a request's permission and the scopes of the app.
 *
 * @throws GraphError 403
 */
export function requirePermission(
  claims: TokenClaims,
  permission: Permission,
  mailbox: Mailbox | undefined,
  settings: GraphSettings,
): void {
  if (!grants(claims, permission, mailbox, settings)) {
    if (DIRECTORY.has(permission))
      throw new GraphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
    throw accessDenied();
  }
  if (mailbox !== undefined && claims.scopes === undefined && settings.excludedMailboxes.has(mailbox.address))
    throw new GraphError(
      403,
      'ErrorAccessDenied',
      'Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.',
    );
}
