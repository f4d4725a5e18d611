/** Whether a request that was admitted under one configuration would be under the next. */
import { mailboxOf } from '../callers/mailboxes.ts';
import { normalName } from '../callers/user-name.ts';
import type { CallerConfig } from '../config/types.ts';
import type { GrantedRequest } from './running-requests.ts';

/** @param now the caller in the new configuration, undefined where it is gone */
export function stillGranted(
  { caller, operation, mailbox, remoteAddress }: GrantedRequest,
  now: CallerConfig | undefined,
): boolean {
  if (now === undefined || !now.operations.has(operation) || mailboxOf(now, mailbox) === undefined) return false;
  return (
    now.registration === caller.registration &&
    hashOf(now) === hashOf(caller) &&
    now.from?.includes(remoteAddress) !== false
  );
}

function hashOf({ username, passwordHash, domainPasswords }: CallerConfig): string | undefined {
  return domainPasswords === undefined ? passwordHash : domainPasswords.get(normalName(username));
}
