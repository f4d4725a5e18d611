/**
 * The items of a mailbox, indexed: by id, search key and Message-ID, and in each folder by time of receipt and by
 * arrival. What a folder counts is kept, not counted. It keeps no rules; item-operations.ts does.
 */
import { canonicalId } from './ids.ts';
import { SortedList } from './sorted-list.ts';
import type { Item } from './types.ts';

interface FolderItems {
  readonly byReceipt: SortedList<Item>;
  readonly byArrival: SortedList<Item>;
  unread: number;
  /** Bytes. */
  size: number;
}

/** Oldest first; of items received in the same moment the one that came last first, as the list is read backwards. */
function byReceipt(a: Item, b: Item): number {
  return a.receivedAt.getTime() - b.receivedAt.getTime() || b.articleNumber - a.articleNumber;
}

function byArrival(a: Item, b: Item): number {
  return a.arrivedAt - b.arrivedAt;
}

export class ItemStore {
  readonly #byId = new Map<string, Item>();
  readonly #bySearchKey = new Map<string, Set<string>>();
  readonly #byMessageId = new Map<string, Set<string>>();
  readonly #folders = new Map<string, FolderItems>();
  readonly #articles = new Map<string, number>();
  #bytes = 0;

  /** How many items there are in all folders. */
  get size(): number {
    return this.#byId.size;
  }

  /** Bytes of all items. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries of ordered lists looked at so far; tests prove with it that nothing scans. */
  get visited(): number {
    let sum = 0;
    for (const folder of this.#folders.values()) sum += folder.byReceipt.visited + folder.byArrival.visited;
    return sum;
  }

  get(id: string): Item | undefined {
    return this.#byId.get(id) ?? this.#byId.get(canonicalId(id));
  }

  /** Items of a folder, latest receipt first. Costs what it returns. */
  page(folderId: string, offset: number, limit: number): Item[] {
    const list = this.#folders.get(folderId)?.byReceipt;
    if (list === undefined) return [];
    const end = Math.max(list.length - offset, 0);
    return list.slice(Math.max(end - limit, 0), end).toReversed();
  }

  /** All items of a folder, latest receipt first. */
  list(folderId: string): Item[] {
    return this.page(folderId, 0, Number.MAX_SAFE_INTEGER);
  }

  /** Items that came into a folder after a position of the change log and are there still, in order of arrival. */
  arrivedAfter(folderId: string, position: number, limit = Number.MAX_SAFE_INTEGER): Item[] {
    const list = this.#folders.get(folderId)?.byArrival;
    if (list === undefined) return [];
    const start = list.firstIndex((item) => item.arrivedAt > position);
    return list.slice(start, start + limit);
  }

  counts(folderId: string): { readonly total: number; readonly unread: number; readonly size: number } {
    const folder = this.#folders.get(folderId);
    return { total: folder?.byReceipt.length ?? 0, unread: folder?.unread ?? 0, size: folder?.size ?? 0 };
  }

  /** An item and its copies. */
  withSearchKey(searchKey: string): Item[] {
    return this.#found(this.#bySearchKey.get(searchKey));
  }

  withInternetMessageId(internetMessageId: string): Item[] {
    return this.#found(this.#byMessageId.get(internetMessageId));
  }

  /** The number of the next item that comes into a folder. */
  nextArticle(folderId: string): number {
    const next = (this.#articles.get(folderId) ?? 0) + 1;
    this.#articles.set(folderId, next);
    return next;
  }

  add(item: Item): void {
    let folder = this.#folders.get(item.folderId);
    if (folder === undefined) {
      folder = { byReceipt: new SortedList(byReceipt), byArrival: new SortedList(byArrival), unread: 0, size: 0 };
      this.#folders.set(item.folderId, folder);
    }
    folder.byReceipt.add(item);
    folder.byArrival.add(item);
    this.#index(item, folder, 1);
  }

  remove(item: Item): void {
    const folder = this.#folders.get(item.folderId);
    if (folder === undefined) return;
    folder.byReceipt.remove(item);
    folder.byArrival.remove(item);
    this.#index(item, folder, -1);
  }

  /** Puts the changed item in the place of the old one, in the same folder. */
  replace(old: Item, item: Item): void {
    const folder = this.#folders.get(item.folderId);
    if (folder === undefined) return;
    folder.byReceipt.replace(old, item);
    folder.byArrival.replace(old, item);
    this.#index(old, folder, -1);
    this.#index(item, folder, 1);
  }

  #index(item: Item, folder: FolderItems, sign: 1 | -1): void {
    folder.size += sign * item.size;
    this.#bytes += sign * item.size;
    if (!item.isRead) folder.unread += sign;
    if (sign === 1) this.#byId.set(item.id, item);
    else this.#byId.delete(item.id);
    change(this.#bySearchKey, item.searchKey, item.id, sign);
    if (item.internetMessageId !== undefined) change(this.#byMessageId, item.internetMessageId, item.id, sign);
  }

  #found(ids: Iterable<string> = []): Item[] {
    return [...ids].flatMap((id) => this.#byId.get(id) ?? []);
  }
}

function change(index: Map<string, Set<string>>, key: string, id: string, sign: 1 | -1): void {
  const ids = index.get(key);
  if (sign === 1) {
    if (ids === undefined) index.set(key, new Set([id]));
    else ids.add(id);
  } else if (ids?.delete(id) === true && ids.size === 0) index.delete(key);
}
