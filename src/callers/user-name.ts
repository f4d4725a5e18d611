/** User names: one form for each, and whose it is. */
import type { CallerConfig } from '../config/types.ts';
import { normalized } from '../normal-form.ts';
import { mailboxBehindName, mailboxOf } from './mailboxes.ts';

/** The form in which user names are compared: case does not count, nor how an accent is composed. */
export function normalName(username: string): string {
  return normalized(username, 'NFC').toLowerCase();
}

/**
 * Whose the name is: a caller of this name, a mailbox of a domain that is one, or either of them with the mailbox
 * to act as behind it: `user@domain\shared@domain`, `DOMAIN\user\shared@domain`.
 *
 * @param callers by their names in the form of {@link normalName}
 * @returns the caller, acting as the mailbox that is meant; with `refusedMailbox` where it may not open that one
 */
export function findCaller(callers: ReadonlyMap<string, CallerConfig>, username: string): CallerConfig | undefined {
  return callerOf(callers, normalName(username)) ?? withMailbox(callers, username)?.caller;
}

/** The part of a user name that says who calls, as it came: the whole unless a mailbox stands behind it. */
export function nameOfCaller(callers: ReadonlyMap<string, CallerConfig>, username: string): string {
  if (callerOf(callers, normalName(username)) !== undefined) return username;
  return withMailbox(callers, username)?.name ?? username;
}

function callerOf(callers: ReadonlyMap<string, CallerConfig>, name: string): CallerConfig | undefined {
  const caller = callers.get(name);
  if (caller !== undefined && caller.domainPasswords === undefined) return caller;
  const at = name.indexOf('@');
  // A backslash is in no address: what stands before it is another caller, or a domain of Windows.
  const domain = at < 1 || name.includes('\\') ? undefined : callers.get(name.slice(at));
  return domain?.domainPasswords === undefined ? undefined : { ...domain, username: name, mailbox: name };
}

function withMailbox(
  callers: ReadonlyMap<string, CallerConfig>,
  username: string,
): { readonly name: string; readonly caller: CallerConfig } | undefined {
  const backslash = username.lastIndexOf('\\');
  if (backslash < 1) return undefined;
  const name = username.slice(0, backslash);
  const caller = callerOf(callers, normalName(name));
  const mailbox = caller === undefined ? undefined : mailboxBehindName(caller, username.slice(backslash + 1));
  if (caller === undefined || mailbox === undefined) return undefined;
  const permitted = mailboxOf(caller, mailbox);
  if (permitted === undefined) return { name, caller: { ...caller, refusedMailbox: mailbox } };
  return {
    name,
    caller: { ...caller, mailbox: permitted, mayImpersonate: [caller.mailbox, ...caller.mayImpersonate] },
  };
}
