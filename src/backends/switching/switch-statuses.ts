/** What the status page tells of mailboxes with `backend: auto`. */
import type { SwitchStatus } from '../backend.ts';
import type { Choice } from './choices.ts';
import type { Notice } from './mailbox-memory.ts';

/** @param chosen what answers mailboxes, by address @param notices what else there is to say, by address */
export function switchStatuses(
  chosen: ReadonlyMap<string, Choice>,
  notices: ReadonlyMap<string, Notice>,
): SwitchStatus[] {
  return [
    ...[...chosen].map(([mailbox, { service, isSet, since, reason }]) => ({
      mailbox,
      service,
      isSet,
      since: Date.parse(since),
      reason,
      notice: notices.get(mailbox)?.text,
    })),
    ...[...notices]
      .filter(([mailbox]) => !chosen.has(mailbox))
      .map(([mailbox, { since, reason, text }]) => ({
        mailbox,
        service: 'ews' as const,
        isSet: false,
        since,
        reason,
        notice: text,
      })),
  ];
}
