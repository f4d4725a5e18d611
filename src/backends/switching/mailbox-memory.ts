/** What is remembered of mailboxes that EWS answers, or did: for a process's life, and of the latest ones only. */
import { lruCache } from '../../lru-cache.ts';
import type { InboxReply } from './open-inbox.ts';

/** Times are by the monotonic clock. */
export interface Seen {
  /** When EWS served it last. */
  servedAt: number | undefined;
  /** Since when EWS has failed without a success. */
  failingSince: number | undefined;
  /** What Graph said of the Inbox, and until when that is not asked again. */
  graph: { readonly reply: InboxReply; readonly until: number } | undefined;
  /** The question to Graph that is under way: it is asked once for all requests that wait for it. */
  asking: Promise<InboxReply> | undefined;
  /** When it was last looked whether EWS is open again. */
  lookedAt: number | undefined;
  /** What the status page says of it. */
  notice: { readonly since: number; readonly reason: string; readonly text: string } | undefined;
}

const MAX_MAILBOXES = 10_000;

export class MailboxMemory {
  readonly #seen = lruCache<string, Seen>(MAX_MAILBOXES);

  of(mailbox: string): Seen {
    const key = mailbox.toLowerCase();
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      seen = {
        servedAt: undefined,
        failingSince: undefined,
        graph: undefined,
        asking: undefined,
        lookedAt: undefined,
        notice: undefined,
      };
      this.#seen.set(key, seen);
    }
    return seen;
  }

  forget(mailbox: string): void {
    this.#seen.delete(mailbox.toLowerCase());
  }

  /** Notices by address in lower case. */
  notices(): ReadonlyMap<string, NonNullable<Seen['notice']>> {
    return new Map(
      [...this.#seen.entries()].flatMap(([mailbox, { notice }]) => (notice === undefined ? [] : [[mailbox, notice]])),
    );
  }
}
