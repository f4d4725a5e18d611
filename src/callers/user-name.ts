/** User names: one form for each, and whose it is. */
import type { CallerConfig } from '../config/types.ts';

/** The form in which user names are compared: case does not count, nor how an accent is composed. */
export function normalName(username: string): string {
  return username.normalize('NFC').toLowerCase();
}

/**
 * Whose the name is: a caller of this name, or a mailbox of a domain that is one.
 *
 * @param callers by their names in the form of {@link normalName}
 */
export function findCaller(callers: ReadonlyMap<string, CallerConfig>, username: string): CallerConfig | undefined {
  const name = normalName(username);
  const caller = callers.get(name);
  if (caller !== undefined && caller.domainPasswords === undefined) return caller;
  const at = name.indexOf('@');
  const domain = at < 1 ? undefined : callers.get(name.slice(at));
  return domain?.domainPasswords === undefined ? undefined : { ...domain, username: name, mailbox: name };
}
