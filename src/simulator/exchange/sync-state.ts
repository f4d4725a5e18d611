/** Synchronisation: states, opaque to clients, here the number of the last change they have seen, and what came after. */
import type { Item, Mailbox } from '../mailbox/mailbox.ts';
import { ResponseError } from './operation.ts';

export function syncState(mailbox: Mailbox, number = mailbox.changes.length): string {
  return Buffer.from(`sync ${number} ${mailbox.address}`).toString('base64');
}

/** @returns the number of the last change seen, undefined for a first synchronisation */
export function readSyncState(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const match = /^sync (\d+) /.exec(Buffer.from(text, 'base64').toString());
  if (match === null)
    throw new ResponseError('ErrorInvalidSyncStateData', 'Synchronization state data is corrupt or otherwise invalid.');
  return Number(match[1]);
}

export interface ItemChange {
  /** The change that a client has seen once it knows this. */
  readonly number: number;
  readonly kind: 'Create' | 'Update' | 'Delete';
  readonly id: string;
  /** The item as it is now; undefined for Delete. */
  readonly item: Item | undefined;
}

/** What a client has to learn of a folder's items, each once; what came and went meanwhile is not told. */
export function changesOfFolder(mailbox: Mailbox, folderId: string, since: number): ItemChange[] {
  const arrived = new Set<string>();
  const found = new Map<string, ItemChange>();
  const gone = (number: number, id: string): void => {
    found.delete(id);
    if (!arrived.has(id)) found.set(id, { number, kind: 'Delete', id, item: undefined });
  };
  for (const { number, kind, what, id, folderId: at, old } of mailbox.changes.slice(since)) {
    if (what !== 'item' || kind === 'newMail') continue;
    if (kind === 'moved' && old?.folderId === folderId) gone(number, old.id);
    if (at !== folderId) continue;
    if (kind === 'deleted') gone(number, id);
    else if (kind !== 'modified') arrived.add(id);
    const item = mailbox.items.get(id);
    if (item?.folderId === folderId && !found.has(id))
      found.set(id, { number, kind: kind === 'modified' ? 'Update' : 'Create', id, item });
  }
  return [...found.values()].toSorted((a, b) => a.number - b.number);
}
