/**
 * Finds the messages of one page of FindItem.
 *
 * Rows come from Graph in an order it keeps, narrowed by what it filters safely, and are judged by the whole
 * restriction. Where the order is the one asked for, rows are read until the page is full; otherwise all rows are
 * listed by id and key first and sorted here (message-scan.ts).
 */
import type { Field } from '../../ews/field.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { fieldsIn } from '../../ews/restriction.ts';
import { push, type PushedQuery } from './filter.ts';
import { viewOf } from './message-element.ts';
import { listMessages, PositionTracker } from './message-list.ts';
import { isWanted, listingKey, pageSize, queryFor, type FoundPage, type MessageSearch } from './message-question.ts';
import { scanAndSort } from './message-scan.ts';
import type { OperationContext } from './operation.ts';
import type { MessageView } from './properties/graph-property.ts';
import { messageProperty } from './properties/message.ts';
import type { FolderTarget } from './targets.ts';

/** A page for rows of which some will not fit. */
const JUDGED_PAGE = 100;
/** Rows a page where only their number matters. */
const COUNTED_PAGE = 500;
/** Pages read behind a full one to learn whether anything more fits; then the client has to ask. */
const LOOK_AHEAD = 3;
/** @throws ResponseError, GraphError, or GatewayError where the client's patience ends before the page is found */
export async function findMessages(
  context: OperationContext,
  target: FolderTarget,
  search: MessageSearch,
): Promise<FoundPage> {
  for (const { field } of search.sort) assertKnown(field, 'ErrorUnsupportedPathForSortGroup');
  for (const field of fieldsIn(search.restriction)) assertKnown(field, 'ErrorUnsupportedPathForQuery');
  const { view } = search;
  const pushed = push(search.restriction, search.sort);
  if (view.kind === 'fractional' || !pushed.sorted) return scanAndSort(context, target, search, pushed);
  if (view.basePoint === 'Beginning') return readPage(context, target, search, pushed);
  const page = await readPage(context, target, search, { ...pushed, descending: !pushed.descending });
  return { ...page, views: page.views.toReversed() };
}

/** Reads rows in the order asked for until the page is full. */
async function readPage(
  context: OperationContext,
  target: FolderTarget,
  search: MessageSearch,
  pushed: PushedQuery,
): Promise<FoundPage> {
  const { view } = search;
  const offset = view.kind === 'indexed' ? view.offset : 0;
  const key = listingKey(context, target, search);
  const listing = context.listings.at(key, offset);
  if (listing !== undefined && listing.position === undefined) return endOf(offset);
  const judged = !pushed.exact || context.settings.waitForScan;
  // Of a live offset, where Graph's rows are the result, it counts the rows itself.
  const skip = listing === undefined && !judged && offset > 0 ? offset : undefined;
  let toPass = listing === undefined && skip === undefined ? offset : 0;
  const query = queryFor(context, search, judged, pushed.orderBy);
  const top = pageSize(query, judged ? Math.max(view.maxEntries, JUDGED_PAGE) : view.maxEntries);
  const { calls } = target.scope;
  const tracker = new PositionTracker(pushed.orderBy, listing?.position);
  const views: MessageView[] = [];
  let [more, extra, ahead, unskipped] = [false, 0, 0, false];
  const options = { calls, folder: target.segment, query, pushed, top, after: listing?.position, skip };
  for await (const page of listMessages(options)) {
    if (page.unskipped) [toPass, unskipped] = [offset, true];
    const looks = judged || !page.filtered;
    for (const message of page.rows) {
      const row = viewOf(message);
      const fits = !looks || isWanted(row, search.restriction, context);
      if (views.length === view.maxEntries) {
        extra += Number(fits);
        continue;
      }
      tracker.pass(message);
      if (fits && toPass > 0) toPass--;
      else if (fits) views.push(row);
      context.traces.note(message);
    }
    more = page.more;
    const isFull = views.length === view.maxEntries;
    // Rows that are not judged all fit: another page of them is known to hold some.
    if (isFull && (extra > 0 || !looks || ++ahead > LOOK_AHEAD)) break;
    if (!isFull) context.assertPatience();
  }
  const isEmptySkip = skip !== undefined && !unskipped && views.length === 0;
  const start = isEmptySkip ? await countRows(context, target, pushed, offset) : offset - toPass;
  const nextOffset = start + views.length;
  const total = more ? await totalOf(context, target, search, nextOffset + Math.max(extra, 1)) : nextOffset + extra;
  more ||= extra > 0;
  context.listings.set(key, { nextOffset, waiting: [], position: more ? tracker.position : undefined });
  return { views, nextOffset, total, includesLast: !more };
}

function endOf(offset: number): FoundPage {
  return { views: [], nextOffset: offset, total: offset, includesLast: true };
}

/** How many rows there are where an offset lies beyond them, of which an empty page says nothing. */
async function countRows(
  context: OperationContext,
  { scope, segment }: FolderTarget,
  pushed: PushedQuery,
  most: number,
): Promise<number> {
  const query = { $select: `id,${pushed.orderBy}`, $expand: undefined };
  const options = { calls: scope.calls, folder: segment, query, pushed, top: COUNTED_PAGE };
  let count = 0;
  for await (const { rows } of listMessages(options)) {
    count += rows.length;
    if (count >= most) return most;
    context.assertPatience();
  }
  return count;
}

/** Without a restriction, or for unread mail, the folder's counters tell it; otherwise what is known. */
async function totalOf(
  context: OperationContext,
  target: FolderTarget,
  { restriction }: MessageSearch,
  known: number,
): Promise<number> {
  const isUnread = isUnreadOnly(restriction);
  if (restriction !== undefined && !isUnread) return known;
  const { total, unread } = await context.counters.of(target.scope, target.segment, target.id);
  return Math.max(known, isUnread ? unread : total);
}

function isUnreadOnly(restriction: MessageSearch['restriction']): boolean {
  if (restriction?.kind !== 'IsEqualTo') return false;
  const { field, operand } = restriction;
  const isFlag = field.kind === 'named' && field.uri === 'message:IsRead';
  return isFlag && operand.kind === 'constant' && /^\s*(?:false|0)\s*$/i.test(operand.value);
}

/** @throws ResponseError where nothing is known by this name */
function assertKnown(field: Field, code: string): void {
  if (field.kind === 'extended') return;
  if (field.kind === 'named' && messageProperty(field.uri) !== undefined) return;
  throw new ResponseError(code, `${field.uri.slice(0, 100)} cannot be used here.`);
}
