/** Whose mailbox a path names. */
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Service } from './call.ts';
import { badRequest, GraphError } from './errors.ts';
import { objectIdOf } from './settings.ts';
import type { TokenClaims } from './token-check.ts';

/**
 * @param user UPN, another address, object id or MBX:GUID@tenant; undefined: /me
 * @param isMail whether the path goes on to what lies in a mailbox
 * @throws GraphError
 */
export function findMailbox(
  { organization, settings }: Service,
  user: string | undefined,
  claims: TokenClaims,
  isMail: boolean,
): Mailbox {
  if (user === undefined && claims.upn === undefined)
    throw badRequest('/me request is only valid with delegated authentication flow.');
  const name = user ?? claims.upn ?? '';
  if (isMail && settings.withoutRest.has(name.toLowerCase()))
    throw new GraphError(
      404,
      'MailboxNotEnabledForRESTAPI',
      'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    );
  // [measured] Undocumented, and how an archive is reached.
  const guid = /^MBX:([0-9a-f-]{36})@/i.exec(name)?.[1];
  const mailbox =
    guid === undefined
      ? (organization.find(name) ??
        organization.mailboxes.find((candidate) => objectIdOf(candidate) === name.toLowerCase()))
      : organization.byGuid(guid);
  if (mailbox !== undefined) return mailbox;
  if (isMail) throw new GraphError(404, 'ErrorInvalidUser', `The requested user '${name}' is invalid.`);
  throw new GraphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${name}' does not exist or one of its queried reference-property objects are not present.`,
  );
}
