/**
 * Changes of a folder's messages.
 *
 * @see https://learn.microsoft.com/graph/api/message-delta
 * @see https://learn.microsoft.com/graph/delta-query-messages
 */
import { toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import type { Change } from '../../mailbox/change-log.ts';
import type { Item } from '../../mailbox/types.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { staleToken, type Place, type Round } from '../delta-store.ts';
import { GraphError } from '../errors.ts';
import type { Filter } from '../filter-parser.ts';
import { messageId } from '../ids.ts';
import type { Json } from '../content-json.ts';
import { messageJson } from '../message-json.ts';
import { DEFAULT_PAGE, link, listJson } from '../paging.ts';
import { optionOf } from '../query-options.ts';
import { withinPermission } from './list-messages.ts';

/** Messages of a filtered first round [doc]. */
const MOST_FILTERED = 5000;

/** The options that change tracking refuses, named in the answer. */
export function refuseOptions(call: Call, names: readonly string[], resource: string): void {
  const found = names.filter((name) => optionOf(call.request.query, name) !== undefined);
  if (found.length === 0) return;
  const list = found.map((name) => `$${name}`).join(', ');
  throw new GraphError(
    400,
    'ErrorInvalidUrlQuery',
    `The following parameters are not supported with change tracking over the '${resource}' resource: '${list}'.`,
  );
}

/** The token of a later request; the other options of it do not count: they are in the token. */
export function tokenOf(call: Call): string | undefined {
  return optionOf(call.request.query, 'skiptoken') ?? optionOf(call.request.query, 'deltatoken');
}

export function messagesDelta(call: Call): GraphAnswer {
  const { service, mailbox } = call;
  const folder = call.folder();
  const token = tokenOf(call);
  if (token !== undefined) {
    const { place, key, generation } = service.deltas.find(token, service.behaviour.deltaGenerations - 1);
    if (place.round.mailbox !== mailbox.guid || place.round.folderId !== folder.id)
      throw new GraphError(400, 'BadRequest', 'Badly formed token.');
    return page(call, place, (next) => service.deltas.next(key, generation, next));
  }
  refuseOptions(call, ['search', 'count', 'skip'], 'Messages');
  const options = call.options('message');
  const { orderBy, top } = options;
  if (orderBy.some(({ path, isDescending }) => path !== 'receivedDateTime' || !isDescending))
    refuseOptions(call, ['orderby'], 'Messages');
  const since = options.filter === undefined ? undefined : readSince(options.filter);
  if (since === null) refuseOptions(call, ['filter'], 'Messages');
  const ids = mailbox.items
    .list(folder.id)
    .filter(({ receivedAt }) => since === undefined || since === null || receivedAt.getTime() >= since)
    .map(({ id }) => id);
  const types = optionOf(call.request.query, 'changetype');
  const round: Round = {
    mailbox: mailbox.guid,
    folderId: folder.id,
    query: withinPermission(call, options),
    changeTypes: types === undefined ? undefined : readTypes(types),
    since: since ?? undefined,
    // `$top` is no page size: it ends the whole first round [threads msgraph-sdk-java#536, microsoft-graph-docs#6006].
    pending: ids.slice(0, Math.min(top ?? ids.length, since === undefined ? ids.length : MOST_FILTERED)),
    start: mailbox.changes.head,
  };
  const first: Place = { round, kind: 'skip', offset: 0, from: undefined, until: undefined };
  return page(call, first, (next) => service.deltas.begin(next));
}

/** @returns milliseconds; null where the filter is another */
function readSince(filter: Filter): number | null {
  if (filter.kind !== 'compare' || (filter.operator !== 'ge' && filter.operator !== 'gt')) return null;
  const { left, right } = filter;
  if (left.kind !== 'path' || left.path !== 'receivedDateTime' || right.kind !== 'literal') return null;
  if (!(right.value instanceof Date)) return null;
  return right.value.getTime() + (filter.operator === 'gt' ? 1000 : 0);
}

function readTypes(text: string): ReadonlySet<string> {
  const types = text.split(',').map((type) => type.trim().toLowerCase());
  for (const type of types)
    if (!['created', 'updated', 'deleted'].includes(type))
      throw new GraphError(400, 'ErrorInvalidUrlQuery', `The value '${type}' of changeType is not supported.`);
  return new Set(types);
}

function page(call: Call, place: Place, write: (next: Place) => string): GraphAnswer {
  const { round, offset } = place;
  const isOwnSize = call.service.behaviour.deltaPages === 'ofTheServer';
  const size = isOwnSize ? (place.kind === 'delta' ? 0 : DEFAULT_PAGE) : (call.prefer.maxPageSize ?? DEFAULT_PAGE);
  const until = place.from === undefined ? round.start : (place.until ?? call.mailbox.changes.head);
  const entries = place.from === undefined ? undefined : laterEntries(call, round, place.from, until);
  const total = entries?.length ?? round.pending.length;
  const end = Math.min(offset + size, total);
  const rows =
    entries?.slice(offset, end) ??
    round.pending.slice(offset, end).flatMap((id) => {
      const item = call.mailbox.items.get(id);
      const wanted = round.changeTypes?.has('created') ?? true;
      return item === undefined || !wanted ? [] : [messageJson(call, item, round.query)];
    });
  const more = end < total;
  const next: Place = more
    ? { ...place, kind: 'skip', offset: end, until }
    : { round, kind: 'delta', offset: 0, from: until, until: undefined };
  return { status: 200, json: deltaJson(call, rows, write(next), more) };
}

/** A page of changes with the link to what follows. */
export function deltaJson(call: Call, rows: readonly object[], token: string, more: boolean): object {
  const url = link(call, more ? { $skiptoken: token } : { $deltatoken: token }, true);
  return { ...listJson(call, { rows, nextLink: undefined }), [more ? '@odata.nextLink' : '@odata.deltaLink']: url };
}

interface Entry {
  kind: 'created' | 'updated' | 'read' | 'removed';
  readonly change: Change;
}

function laterEntries(call: Call, round: Round, from: number, until: number): Json[] {
  const { mailbox, service } = call;
  const changes = mailbox.changes.since(from);
  // The server forgot what was before.
  if (changes === undefined) throw staleToken(from, from + 240);
  const found = new Map<string, Entry>();
  for (const change of changes) {
    if (change.position > until) break;
    if (change.what !== 'item') continue;
    if (change.old !== undefined && change.kind === 'moved' && change.old.folderId === round.folderId)
      note(found, change.old.id, 'removed', change);
    if (change.folderId === round.folderId) note(found, change.id, kindOf(change), change);
  }
  return [...found].flatMap(([id, { kind, change }]) => {
    const type = kind === 'removed' ? 'deleted' : kind === 'created' ? 'created' : 'updated';
    if (round.changeTypes?.has(type) === false) return [];
    const item = mailbox.items.get(id);
    if (kind === 'removed' || item === undefined) return [removed(call, id, change)];
    const isOlder = round.since !== undefined && item.receivedAt.getTime() < round.since;
    if (isOlder && service.behaviour.filteredDelta === 'newerOnly') return [];
    if (kind !== 'read') return [messageJson(call, item, round.query)];
    return readOnly(call, round, item);
  });
}

function kindOf({ kind }: Change): Entry['kind'] {
  if (kind === 'deleted') return 'removed';
  if (kind === 'readFlagChanged') return 'read';
  return kind === 'modified' ? 'updated' : 'created';
}

function note(found: Map<string, Entry>, id: string, kind: Entry['kind'], change: Change): void {
  const before = found.get(id)?.kind;
  // Created and then changed is created; what changed besides the read flag is a whole entry.
  const stays = before === 'created' && kind !== 'removed';
  const merged = stays ? 'created' : before === 'updated' && kind === 'read' ? 'updated' : kind;
  found.delete(id);
  found.set(id, { kind: merged, change });
}

/** A short entry without etag [thread microsoft-graph-docs#7776]; none without isRead [thread corso PR#1867]. */
function readOnly(call: Call, { query }: Round, item: Item): Json[] {
  if (query.select?.includes('isRead') === false) return [];
  return [
    {
      '@odata.type': '#microsoft.graph.message',
      'id': messageId(call.mailbox, item, call.prefer.hasImmutableIds),
      'isRead': item.isRead,
      'parentFolderId': toGraphAlphabet(item.folderId),
    },
  ];
}

function removed({ mailbox, prefer }: Call, id: string, change: Change): Json {
  const now = mailbox.items.get(change.id);
  const shown = prefer.hasImmutableIds && now !== undefined ? messageId(mailbox, now, true) : toGraphAlphabet(id);
  return { '@odata.type': '#microsoft.graph.message', '@removed': { reason: 'deleted' }, 'id': shown };
}

/** There is none for a whole mailbox [doc message-delta]. */
export function refuseMailboxDelta(): never {
  throw new GraphError(400, 'BadRequest', "Change tracking is not supported against 'microsoft.graph.message'.");
}
