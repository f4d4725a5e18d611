/** Which mailboxes a caller may open, and whose callers they are. */
import type { CallerConfig, MailboxPattern } from '../config/types.ts';

/** More than any address has, in characters (RFC 5321, 4.5.3.1). */
const MAX_ADDRESS = 64 + 1 + 255;
/**
 * What a pattern may stand for: ASCII, whose case is folded the same everywhere, without what RFC 5322 would have
 * quoted.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322#section-3.2.3
 */
const PLAIN_ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+$/;

/**
 * The caller's mailbox of this address.
 *
 * @returns as spelled in the configuration, in lower case where only a pattern names it; undefined where the caller
 *   may not open it
 */
export function mailboxOf(caller: CallerConfig, address: string): string | undefined {
  const wanted = address.toLowerCase();
  if (caller.mailbox.toLowerCase() === wanted) return caller.mailbox;
  const named = caller.mayImpersonate.find((candidate) => candidate.toLowerCase() === wanted);
  if (named !== undefined || caller.mailboxPatterns === undefined) return named;
  // After folding, what was not ASCII may be: the address as it came decides.
  if (address.length > MAX_ADDRESS || !PLAIN_ADDRESS.test(address)) return undefined;
  return caller.mailboxPatterns.some((pattern) => matches(pattern, wanted)) ? wanted : undefined;
}

/** The callers of a registration. */
export function callersOf(
  { callers }: { readonly callers: readonly CallerConfig[] },
  { name }: { readonly name: string },
): CallerConfig[] {
  return callers.filter(({ registration }) => registration === name);
}

/** The callers that may open a mailbox; those of a domain as a whole open its members'. */
export function callersOpening(callers: readonly CallerConfig[], mailbox: string): CallerConfig[] {
  const domain = mailbox.slice(mailbox.indexOf('@')).toLowerCase();
  return callers.filter((caller) =>
    caller.domainPasswords === undefined
      ? mailboxOf(caller, mailbox) !== undefined
      : caller.username.toLowerCase() === domain,
  );
}

function matches({ prefix, suffix, domain }: MailboxPattern, address: string): boolean {
  const at = address.indexOf('@');
  if (domain !== undefined && address.slice(at + 1) !== domain) return false;
  // An empty text would do for `*`, but no address begins with an @.
  return at >= prefix.length + suffix.length && address.startsWith(prefix) && address.endsWith(suffix, at);
}

/**
 * The mailbox behind the last backslash of a user name: an address, or the local part of exactly one of those that the
 * caller's entry names.
 *
 * @returns undefined where the text is neither
 */
export function mailboxBehindName(caller: CallerConfig, text: string): string | undefined {
  if (/^[^@\s]+@[^@\s]+$/.test(text)) return mailboxOf(caller, text) ?? text;
  const wanted = `${text.toLowerCase()}@`;
  const named = new Set([caller.mailbox, ...caller.mayImpersonate].map((address) => address.toLowerCase()));
  const [found, ...others] = [...named].filter((address) => address.startsWith(wanted));
  return found === undefined || others.length > 0 ? undefined : mailboxOf(caller, found);
}
