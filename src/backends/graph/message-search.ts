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
  let more = false;
  const options = { calls, folder: target.segment, query, pushed, top, after: listing?.position, skip };
  pages: for await (const page of listMessages(options)) {
    const looks = judged || !page.filtered;
    for (const message of page.rows) {
      const row = viewOf(message);
      const fits = !looks || isWanted(row, search.restriction, context);
      if (fits && views.length === view.maxEntries) {
        more = true;
        break pages;
      }
      tracker.pass(message);
      if (fits && toPass > 0) toPass--;
      else if (fits) views.push(row);
      context.traces.note(message);
    }
    more = page.next !== undefined;
    if (views.length === view.maxEntries) break;
    context.assertPatience();
  }
  const nextOffset = offset + views.length;
  context.listings.set(key, { nextOffset, waiting: [], position: more ? tracker.position : undefined });
  const total = await totalOf(context, target, search, nextOffset + Number(more));
  return { views, nextOffset, total, includesLast: !more };
}

function endOf(offset: number): FoundPage {
  return { views: [], nextOffset: offset, total: offset, includesLast: true };
}

/** Without a restriction, or for unread mail, the folder's counters tell it; otherwise what is known. */
async function totalOf(
  context: OperationContext,
  target: FolderTarget,
  { restriction }: MessageSearch,
  known: number,
): Promise<number> {
  if (restriction === undefined)
    return Math.max(known, (await context.counters.of(target.scope.calls, target.segment, target.id)).total);
  return known;
}

/** @throws ResponseError where nothing is known by this name */
function assertKnown(field: Field, code: string): void {
  if (field.kind === 'extended') return;
  if (field.kind === 'named' && messageProperty(field.uri) !== undefined) return;
  throw new ResponseError(code, `${field.uri.slice(0, 100)} cannot be used here.`);
}
