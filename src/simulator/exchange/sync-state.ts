/** Synchronisation: states, opaque to clients, here positions in the change log, and what came after. */
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Item } from '../mailbox/types.ts';
import { ResponseError } from '../../ews/response-messages.ts';

/** What a client knows. */
export interface Position {
  /** All changes up to here. */
  readonly seen: number;
  /** During a first synchronisation: the items that had come by here, of all that were there at `seen`. */
  readonly arrived?: number;
  /** Where items came, up to `seen`, that were gone again before the client was told: nor is it told that they went. */
  readonly unreported?: readonly number[];
}

/** @param scope what is synchronised: an id of a folder */
export function syncState(scope: string, { seen, arrived, unreported = [] }: Position): string {
  return Buffer.from(`sync ${seen} ${arrived ?? '-'} ${unreported.join() || '-'} ${scope}`).toString('base64');
}

/**
 * @returns undefined for a first synchronisation
 * @throws ResponseError ErrorInvalidSyncStateData, also where the log no longer reaches back as far, or the
 *   state is of another folder
 */
export function readSyncState(mailbox: Mailbox, scope: string, text: string | undefined): Position | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const match = /^sync (\d+) (\d+|-) ([\d,]+|-) (.*)$/.exec(Buffer.from(text, 'base64').toString());
  const seen = Number(match?.[1] ?? Number.NaN);
  if (mailbox.changes.isStale(seen) || match?.[4] !== scope)
    throw new ResponseError('ErrorInvalidSyncStateData', 'Synchronization state data is corrupt or otherwise invalid.');
  return {
    seen,
    ...(match[2] === '-' ? {} : { arrived: Number(match[2]) }),
    ...(match[3] === '-' ? {} : { unreported: match[3]?.split(',').map(Number) ?? [] }),
  };
}

export interface ItemChange {
  /** What a client knows once it knows this. */
  readonly after: Position;
  readonly kind: 'Create' | 'Update' | 'Delete' | 'ReadFlagChange';
  readonly id: string;
  /** The item as it is now; undefined for Delete. */
  readonly item: Item | undefined;
}

/** What a client has to learn of a folder's items, each once; what came and went meanwhile is not told. */
export function changesOfFolder(mailbox: Mailbox, folderId: string, since: Position | undefined): ItemChange[] {
  if (since === undefined || since.arrived !== undefined) {
    const { seen, arrived = 0 } = since ?? { seen: mailbox.changes.head };
    return mailbox.items
      .arrivedAfter(folderId, arrived)
      .filter((item) => item.arrivedAt <= seen)
      .map((item) => ({ after: { seen, arrived: item.arrivedAt }, kind: 'Create', id: item.id, item }));
  }
  const arrived = new Map((since.unreported ?? []).map((position) => [idAt(mailbox, position), position]));
  const unreported: { readonly came: number; readonly went: number }[] = [];
  const found = new Map<string, ItemChange>();
  const gone = (seen: number, id: string): void => {
    found.delete(id);
    const came = arrived.get(id);
    if (came === undefined) found.set(id, { after: { seen }, kind: 'Delete', id, item: undefined });
    else unreported.push({ came, went: seen });
  };
  for (const { position, kind, what, id, folderId: at, old } of mailbox.changes.since(since.seen) ?? []) {
    if (what !== 'item' || kind === 'newMail') continue;
    if (kind === 'moved' && old?.folderId === folderId) gone(position, old.id);
    if (at !== folderId) continue;
    const isUpdate = kind === 'modified' || kind === 'readFlagChanged';
    if (kind === 'deleted') gone(position, id);
    else if (!isUpdate) arrived.set(id, position);
    const item = mailbox.items.get(id);
    if (item?.folderId !== folderId) continue;
    const known = found.get(id);
    if (known === undefined) {
      const update = kind === 'readFlagChanged' ? 'ReadFlagChange' : 'Update';
      found.set(id, { after: { seen: position }, kind: isUpdate ? update : 'Create', id, item });
    } else if (known.kind === 'ReadFlagChange' && kind === 'modified') found.set(id, { ...known, kind: 'Update' });
  }
  return [...found.values()]
    .toSorted((a, b) => a.after.seen - b.after.seen)
    .map((change) => ({ ...change, after: withUnreported(change.after.seen, unreported) }));
}

function withUnreported(
  seen: number,
  unreported: readonly { readonly came: number; readonly went: number }[],
): Position {
  const open = unreported.filter(({ came, went }) => came <= seen && went > seen).map(({ came }) => came);
  return open.length === 0 ? { seen } : { seen, unreported: open };
}

/** The item of a change; undefined where the log no longer reaches back as far. */
function idAt(mailbox: Mailbox, position: number): string | undefined {
  return mailbox.changes.since(position - 1, 1)?.[0]?.id;
}
