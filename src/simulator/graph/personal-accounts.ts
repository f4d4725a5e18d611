/**
 * How Graph differs for personal accounts (Outlook.com): no directory, no other mailboxes, and what has been measured
 * there of deletions and of changes.
 *
 * @see https://learn.microsoft.com/graph/api/calendar-getschedule permissions: not supported
 * @see https://learn.microsoft.com/graph/api/user-list permissions: not supported
 */
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { GraphBehaviour } from './behaviour.ts';
import { accessDenied, badRequest } from './errors.ts';
import type { TokenClaims } from './token-check.ts';

/** Paths whose tables of permissions say "Not supported" for personal accounts. */
const NOT_SUPPORTED: ReadonlySet<string> = new Set([
  '/users',
  '/groups',
  '/groups/{group}/members',
  '/users/{user}/calendar/getSchedule',
]);

/** @throws GraphError where a personal account asks for what it does not have */
export function checkPersonal({ isPersonal, upn }: TokenClaims, route: string, mailbox: Mailbox | undefined): void {
  if (!isPersonal) return;
  // [threads, literal text]
  if (NOT_SUPPORTED.has(route)) throw badRequest('This API is not supported for MSA accounts');
  // [inferred] Nobody else's mailbox is reached: there is no permission for it.
  if (mailbox !== undefined && (upn === undefined || !mailbox.owns(upn))) throw accessDenied();
}

/** [measured on consumer mailboxes] DELETE goes to Deleted Items, purged messages answer, pages are the server's. */
export function personalBehaviour(behaviour: GraphBehaviour): GraphBehaviour {
  return {
    ...behaviour,
    deletedMessages: 'deletedItems',
    deletedFolders: 'deletedItems',
    purgedMessages: 'readable',
    deltaPages: 'ofTheServer',
  };
}

/**
 * The GUID of a personal mailbox: the account's number, of which ids become shorter when compressed [measured, facts of
 * ids].
 *
 * @param account up to 12 hexadecimal digits
 */
export function personalMailboxGuid(account: string): string {
  const digits = account.padStart(12, '0').toLowerCase();
  return `0003${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8, 12)}-0000-000000000000`;
}
