/** How many messages a folder has, asked at most once a minute: Graph's counters lag behind anyway. */
import { LRUCache } from 'lru-cache';
import type { MailboxCalls } from './mailbox-calls.ts';

export interface FolderCounts {
  readonly total: number;
  readonly unread: number;
}

const LIFETIME = 60_000;

export class FolderCounters {
  readonly #counts = new LRUCache<string, FolderCounts>({ max: 10_000, ttl: LIFETIME });

  /** @param segment Graph's id or name @param id EWS's id */
  async of(calls: MailboxCalls, segment: string, id: string): Promise<FolderCounts> {
    const known = this.#counts.get(id);
    if (known !== undefined) return known;
    const { totalItemCount, unreadItemCount } = await calls.get<{
      readonly totalItemCount?: number;
      readonly unreadItemCount?: number;
    }>(`/mailFolders/${segment}`, { $select: 'totalItemCount,unreadItemCount' });
    const counts = { total: totalItemCount ?? 0, unread: unreadItemCount ?? 0 };
    this.#counts.set(id, counts);
    return counts;
  }
}
