/** @see https://learn.microsoft.com/graph/api/mailfolder-delta */
import { toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import type { Folder } from '../../mailbox/types.ts';
import type { GraphBehaviour } from '../behaviour.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { staleToken, type Place, type Round } from '../delta-store.ts';
import { GraphError } from '../errors.ts';
import { folderJson, isMailFolder } from '../folder-json.ts';
import type { Json } from '../content-json.ts';
import { DEFAULT_PAGE } from '../paging.ts';
import { deltaJson, refuseOptions, tokenOf } from './message-delta.ts';

export function foldersDelta(call: Call): GraphAnswer {
  const { service, mailbox } = call;
  const token = tokenOf(call);
  if (token !== undefined) {
    const { place, key, generation } = service.deltas.find(token, service.behaviour.deltaGenerations - 1);
    if (place.round.mailbox !== mailbox.guid || place.round.folderId !== undefined)
      throw new GraphError(400, 'BadRequest', 'Badly formed token.');
    return page(call, place, (next) => service.deltas.next(key, generation, next));
  }
  refuseOptions(call, ['filter', 'orderby', 'top', 'search', 'count', 'skip'], 'Folders');
  const options = call.options('mailFolder');
  const { folders } = mailbox;
  const round: Round = {
    mailbox: mailbox.guid,
    folderId: undefined,
    query: options,
    changeTypes: undefined,
    since: undefined,
    // Parents before their children (MS-OXCFXICS hierarchySync).
    pending: folders
      .descendants(folders.resolve('msgfolderroot').id)
      .filter((folder) => isListed(folder, service.behaviour))
      .map(({ id }) => id),
    start: mailbox.changes.head,
  };
  const first: Place = { round, kind: 'skip', offset: 0, from: undefined, until: undefined };
  return page(call, first, (next) => service.deltas.begin(next));
}

/** Neither the root itself nor hidden folders. */
function isListed(folder: Folder, behaviour: GraphBehaviour): boolean {
  return isMailFolder(folder, behaviour) && !folder.isHidden;
}

function page(call: Call, place: Place, write: (next: Place) => string): GraphAnswer {
  const size = call.prefer.maxPageSize ?? DEFAULT_PAGE;
  const { round, offset } = place;
  const until = place.from === undefined ? round.start : (place.until ?? call.mailbox.changes.head);
  const ids = place.from === undefined ? round.pending : changed(call, place.from, until);
  const end = Math.min(offset + size, ids.length);
  const rows = ids.slice(offset, end).flatMap((id) => entryOf(call, round, id));
  const more = end < ids.length;
  const next: Place = more
    ? { ...place, kind: 'skip', offset: end, until }
    : { round, kind: 'delta', offset: 0, from: until, until: undefined };
  return { status: 200, json: deltaJson(call, rows, write(next), more) };
}

/** Ids of folders that changed, or in which something came, went or was read: their counters changed. */
function changed({ mailbox }: Call, from: number, until: number): string[] {
  const changes = mailbox.changes.since(from);
  if (changes === undefined) throw staleToken(from, from + 240);
  const ids = new Set<string>();
  for (const { position, what, id, folderId, old } of changes) {
    if (position > until) break;
    for (const one of what === 'folder' ? [id] : [folderId, old?.folderId]) if (one !== undefined) ids.add(one);
  }
  const depth = (id: string): number => {
    let levels = 0;
    for (let at = mailbox.folders.get(id); at?.parentId !== undefined; at = mailbox.folders.get(at.parentId)) levels++;
    return levels;
  };
  return [...ids].toSorted((a, b) => depth(a) - depth(b));
}

function entryOf(call: Call, { query }: Round, id: string): Json[] {
  const folder = call.mailbox.folders.get(id);
  if (folder === undefined) {
    const reason = call.service.behaviour.removedFolder;
    return [{ '@odata.type': '#microsoft.graph.mailFolder', '@removed': { reason }, 'id': toGraphAlphabet(id) }];
  }
  const top = call.mailbox.folders.resolve('msgfolderroot').id;
  if (!isListed(folder, call.service.behaviour) || folder.id === top || !call.mailbox.folders.isWithin(folder.id, top))
    return [];
  return [folderJson(call, folder, query)];
}
