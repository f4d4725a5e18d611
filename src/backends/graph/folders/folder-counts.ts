/**
 * How many messages a folder has, asked at most once a minute, and again after the gateway has changed the mailbox
 * itself: Graph's counters lag behind what others change anyway.
 */
import { lruCache } from '../../../lru-cache.ts';
import type { MailboxCalls } from '../service/mailbox-calls.ts';
import type { KnownMailbox } from '../mailbox-directory.ts';

export interface FolderCounts {
  readonly total: number;
  readonly unread: number;
}

/** A mailbox, and how it is asked. */
interface CountedMailbox {
  readonly calls: MailboxCalls;
  readonly mailbox: KnownMailbox;
}

const LIFETIME = 60_000;

export class FolderCounters {
  /** By the mailbox's address in lower case, then by EWS's id of the folder. */
  readonly #mailboxes = lruCache<string, Map<string, FolderCounts>>(10_000, LIFETIME);

  /** Forgets what is known of a mailbox. @param address its address */
  forget(address: string): void {
    this.#mailboxes.delete(address.toLowerCase());
  }

  /** @param segment Graph's id or name @param id EWS's id */
  async of({ calls, mailbox }: CountedMailbox, segment: string, id: string): Promise<FolderCounts> {
    const key = mailbox.address.toLowerCase();
    let counters = this.#mailboxes.get(key);
    const known = counters?.get(id);
    if (known !== undefined) return known;
    if (counters === undefined) this.#mailboxes.set(key, (counters = new Map()));
    const { totalItemCount, unreadItemCount } = await calls.get<{
      readonly totalItemCount?: number;
      readonly unreadItemCount?: number;
    }>(`/mailFolders/${segment}`, { $select: 'totalItemCount,unreadItemCount' });
    const counts = { total: totalItemCount ?? 0, unread: unreadItemCount ?? 0 };
    // Of a mailbox that has changed meanwhile it goes to a map that nobody asks any more.
    counters.set(id, counts);
    return counts;
  }
}
