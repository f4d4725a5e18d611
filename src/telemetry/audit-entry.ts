/** Lines of the audit log, as docs/audit-log.md describes them. */
import type { EndedBy } from '../errors.ts';

/** What each line about a request begins with. */
export interface RequestEntry {
  /** ISO 8601, UTC: when the line was made. */
  readonly time: string;
  readonly requestId: string;
  readonly source: string;
  readonly caller: string | undefined;
  readonly mailbox: string | undefined;
  readonly operation: string | undefined;
  /** Items, folders or attachments the request names by id, where that is cheaply known. */
  readonly items: number | undefined;
}

/** What a request is about to do, as it stands in the log before a backend answers it. */
export interface IntentEntry extends RequestEntry {
  readonly decision: 'intent';
}

/** A call that was made for the caller ahead of its next requests. */
export interface PrefetchEntry extends RequestEntry {
  readonly decision: 'prefetch';
  /** HTTP status of the service; 0 where it gave none, or had no slot. */
  readonly status: number;
  readonly milliseconds: number;
  readonly upstreamRequestId: string | undefined;
}

export interface AuditEntry extends RequestEntry {
  /** Whether the gateway let the request through. */
  readonly decision: 'allowed' | 'refused';
  /** Why it was refused, or failed: a code of the gateway. */
  readonly reason: string | undefined;
  readonly removedHeaders: readonly string[] | undefined;
  /** HTTP status the client got; 0 where it got none. */
  readonly status: number;
  /** Who ended the request before its end. */
  readonly endedBy?: EndedBy | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly milliseconds: number;
  readonly upstreamRequestId: string | undefined;
}

/** What an administrator changed. */
export interface AdministrationEntry {
  readonly event: 'BACKEND_SET' | 'CALLER_ADDED' | 'CALLER_REMOVED' | 'ENROLMENT_OPENED' | 'UNLOCKED';
  /** The caller, the name or address that was unlocked, or the mailbox whose backend was set. */
  readonly subject: string;
  /** The administrator's address. */
  readonly source: string;
}
