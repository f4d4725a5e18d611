/** Paths of Graph's mail API, percent-encoded. */
import { toGraphAlphabet } from '../../../ews/ids/alphabet.ts';

/** The mailbox that acts: /users/ADDRESS, or /me with a token of its own for itself. */
export type MailboxPath = `/users/${string}` | '/me';

/** @param address any of the mailbox's addresses */
export function usersPath(address: string): MailboxPath {
  return `/users/${encodeURIComponent(address)}`;
}

/** A message or folder id as EWS has it, for a path: in Graph's alphabet it needs no encoding but for `=`. */
export function idSegment(ewsId: string): string {
  return toGraphAlphabet(ewsId);
}

/** Adds options to a path; those that are undefined are left out. */
export function withQuery(path: string, options: Readonly<Record<string, string | number | undefined>>): string {
  const query = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value).replaceAll('%2C', ',').replaceAll('%24', '$')}`],
  );
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}
