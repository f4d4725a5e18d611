/**
 * Results in an order that Graph does not keep (sizes, names, several keys), or positions that need the length of the
 * result: all rows are listed by id and key, judged, and sorted here. Then the page's rows are read.
 */
import { GatewayError } from '../../../errors.ts';
import { pageRange } from '../../../ews/paging.ts';
import { compareBy } from '../../../ews/sort-order.ts';
import { messageValues, viewOf } from '../messages/message-element.ts';
import type { ScannedRow } from './listing-cache.ts';
import { listMessages, PositionTracker } from './message-list.ts';
import { messageQuery } from '../messages/message-query.ts';
import {
  isWanted,
  listingKey,
  pageSize,
  queryFor,
  type FolderSearch,
  type FoundPage,
  type MessageSearch,
} from './message-question.ts';
import { messagesById } from '../messages/messages-by-id.ts';
import type { OperationContext } from '../operation.ts';
import type { MessageView } from '../properties/graph-property.ts';
import type { FolderTarget } from '../targets.ts';
import { fieldsIn } from '../../../ews/restriction.ts';

const MOST_ROWS = 200_000;
const SCAN_PAGE = 500;

/** @throws ResponseError, GraphError, or GatewayError where there are too many rows for the client's patience */
export async function scanAndSort(inFolder: FolderSearch): Promise<FoundPage> {
  const { context, target, search, pushed } = inFolder;
  const { view } = search;
  const key = listingKey(context, target, search);
  const offset = view.kind === 'indexed' ? view.offset : 0;
  const listing = context.listings.at(key, offset);
  if (listing !== undefined) {
    const ids = listing.waiting.slice(0, view.maxEntries);
    const waiting = listing.waiting.slice(ids.length);
    const nextOffset = offset + ids.length;
    context.listings.set(key, { nextOffset, waiting, position: undefined });
    const views = await readRows(context, target, search, ids, pushed.orderBy);
    return { views, nextOffset, total: nextOffset + waiting.length, includesLast: waiting.length === 0 };
  }
  const rows = await scan(inFolder, key);
  const valueOf =
    ({ keys }: ScannedRow) =>
    (field: (typeof search.sort)[number]['field']) =>
      keys[search.sort.findIndex((one) => one.field === field)];
  // Without keys rows stay as they came: newest first.
  const byId = (a: ScannedRow, b: ScannedRow): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const sorted =
    search.sort.length === 0
      ? rows
      : rows.toSorted((a, b) => compareBy(search.sort, valueOf(a), valueOf(b)) || byId(a, b));
  const { start, end, nextOffset, includesLast } = pageRange(view, sorted.length);
  const ids = sorted.map(({ id }) => id);
  if (view.kind === 'indexed' && view.basePoint === 'Beginning')
    context.listings.set(key, { nextOffset, waiting: ids.slice(end), position: undefined });
  const views = await readRows(context, target, search, ids.slice(start, end), pushed.orderBy);
  return { views, nextOffset, total: sorted.length, includesLast };
}

/** Goes on where the client's last try ended, if its patience ended before the list. */
async function scan({ context, target, search, pushed }: FolderSearch, key: string): Promise<ScannedRow[]> {
  const fields = [...fieldsIn(search.restriction), ...search.sort.map(({ field }) => field)];
  const query = messageQuery(
    {
      uris: fields.flatMap((field) => (field.kind === 'named' ? [field.uri] : [])),
      extended: fields.filter((field) => field.kind === 'extended'),
      select: [pushed.orderBy],
      scan: context.settings.waitForScan,
    },
    context.capabilities,
  );
  const before = context.listings.takeScan(key);
  const rows = [...(before?.rows ?? [])];
  const tracker = new PositionTracker(pushed.orderBy, before?.position);
  const { calls } = target.scope;
  const top = pageSize(query, SCAN_PAGE);
  const options = { calls, folder: target.segment, query, pushed, top, after: before?.position };
  try {
    for await (const page of listMessages(options)) {
      for (const message of page.rows) {
        tracker.pass(message);
        const view = viewOf(message);
        if (!isWanted(view, search.restriction, context)) continue;
        const valueOf = messageValues(view);
        rows.push({ id: message.id, keys: search.sort.map(({ field }) => valueOf(field)) });
      }
      if (rows.length > MOST_ROWS) break;
      if (page.more) context.assertPatience();
    }
  } catch (error) {
    const { position } = tracker;
    if (position !== undefined) context.listings.keepScan(key, { rows, position });
    throw error;
  }
  if (rows.length <= MOST_ROWS) return rows;
  throw new GatewayError(
    'UPSTREAM_BUSY',
    `The folder has more than ${MOST_ROWS} messages that Microsoft Graph cannot sort this way. Sort by date.`,
    { backOffMilliseconds: 60_000 },
  );
}

/** Messages by id, in this order; those that are gone or do not fit any more are left out. */
async function readRows(
  context: OperationContext,
  { scope }: FolderTarget,
  search: MessageSearch,
  ids: readonly string[],
  orderBy: string,
): Promise<MessageView[]> {
  const messages = await messagesById(scope.calls, ids, queryFor(context, search, true, orderBy));
  return messages
    .map((message) => {
      context.traces.note(message);
      return viewOf(message);
    })
    .filter((view) => isWanted(view, search.restriction, context));
}
