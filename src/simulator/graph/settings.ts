/** What an administrator of the simulated tenant sets, and what else its directory holds. */
import { guidOf } from '../mailbox/ids.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';

export interface Group {
  readonly id: string;
  readonly displayName: string;
  readonly mail: string;
  /** Addresses. */
  readonly members: readonly string[];
}

export interface GraphSettings {
  /** Primary addresses outside the scope of an application access policy or RBAC role assignment. */
  excludedMailboxes: ReadonlySet<string>;
  /** Roles that RBAC for Applications grants by app id: they leave no roles claim in the token. */
  rbacApps: ReadonlyMap<string, readonly string[]>;
  /** Addresses that are in the directory while their mailbox is on-premises, unlicensed or inactive. */
  withoutRest: ReadonlySet<string>;
  /** Primary addresses of mailboxes that count as full. */
  overQuota: ReadonlySet<string>;
  /** Milliseconds for which attachments of new mail are replaced while they are scanned. */
  safeAttachmentsScan: number;
  /** Milliseconds that each request takes at least. */
  latency: number;
  groups: readonly Group[];
  /** Automatic replies by primary address, as mailboxSettings has them. */
  readonly automaticReplies: Map<string, Readonly<Record<string, unknown>>>;
  /** Rules of inboxes by primary address. */
  readonly rules: Map<string, readonly Readonly<Record<string, unknown>>[]>;
  /** Busy times by primary address, in UTC. */
  readonly busy: Map<string, readonly { readonly start: Date; readonly end: Date; readonly status: string }[]>;
}

export function defaultSettings(): GraphSettings {
  return {
    excludedMailboxes: new Set(),
    rbacApps: new Map(),
    withoutRest: new Set(),
    overQuota: new Set(),
    safeAttachmentsScan: 0,
    latency: 0,
    groups: [],
    automaticReplies: new Map(),
    rules: new Map(),
    busy: new Map(),
  };
}

/** A user's object id, always the same for an address. */
export function objectIdOf({ address }: Mailbox): string {
  return guidOf(`user ${address.toLowerCase()}`);
}
