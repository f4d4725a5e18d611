/**
 * Finds the messages of one page of FindItem.
 *
 * Rows come from Graph in an order it keeps, narrowed by what it filters safely, and are judged by the whole
 * restriction. Where the order is the one asked for, rows are read until the page is full; otherwise all rows are
 * listed by id and key first and sorted here (message-scan.ts).
 */
import { push } from './filter.ts';
import { viewOf } from '../messages/message-element.ts';
import { listMessages, PositionTracker, type ListPosition } from './message-list.ts';
import {
  isWanted,
  listingKey,
  pageSize,
  queryFor,
  type FolderSearch,
  type FoundPage,
  type MessageSearch,
} from './message-question.ts';
import type { PageProgress } from './listing-cache.ts';
import { scanAndSort } from './message-scan.ts';
import type { OperationContext } from '../operation.ts';
import type { MessageView } from '../properties/graph-property.ts';
import type { FolderTarget } from '../targets.ts';

/** A page for rows of which some will not fit. */
const JUDGED_PAGE = 100;
/** Rows a page where only their number matters. */
const COUNTED_PAGE = 500;
/** Pages read behind a full one to learn whether anything more fits; then the client has to ask. */
const LOOK_AHEAD = 3;

/** Where a page begins, and how its rows are found. */
interface PageQuestion {
  readonly offset: number;
  /** Whether rows that Graph gives may not fit. */
  readonly judged: boolean;
  /** Rows that Graph passes over; undefined where they are passed here. */
  readonly skip: number | undefined;
  readonly after: ListPosition | undefined;
  /** Rows that fit and are passed over here. */
  readonly toPass: number;
  /** Called where nothing was found in time, with how far the rows were read. */
  readonly keep: (progress: PageProgress) => void;
}

/** What was read of a page, and what was seen of the rows around it. */
interface PageRows {
  readonly views: readonly MessageView[];
  /** Rows before the page that did not come. */
  readonly toPass: number;
  /** Rows behind it that fit. */
  readonly extra: number;
  /** Whether Graph has rows behind those. */
  readonly more: boolean;
  /** Whether Graph did not pass over rows as it was asked. */
  readonly unskipped: boolean;
  readonly position: ListPosition | undefined;
}

/** @throws GraphError, or GatewayError where the client's patience ends before the page is found */
export async function findMessages(
  context: OperationContext,
  target: FolderTarget,
  search: MessageSearch,
): Promise<FoundPage> {
  const { view } = search;
  const pushed = push(search.restriction, search.sort, context.capabilities);
  const inFolder: FolderSearch = { context, target, search, pushed };
  if (view.kind === 'fractional' || !pushed.sorted) return scanAndSort(inFolder);
  if (view.basePoint === 'Beginning') return readPage(inFolder);
  const page = await readPage({ ...inFolder, pushed: { ...pushed, descending: !pushed.descending } });
  return { ...page, views: page.views.toReversed() };
}

/** Reads rows in the order asked for until the page is full. */
async function readPage(inFolder: FolderSearch): Promise<FoundPage> {
  const { context, target, search, pushed } = inFolder;
  const { view } = search;
  const offset = view.kind === 'indexed' ? view.offset : 0;
  const key = listingKey(context, target, search);
  const listing = context.listings.at(key, offset);
  if (listing !== undefined && listing.position === undefined) return endOf(offset);
  const judged = !pushed.exact || context.settings.waitForScan;
  // Of a live offset, where Graph's rows are the result, it counts the rows itself.
  const before = listing === undefined ? context.listings.takePage(key, offset) : undefined;
  const isLive = listing === undefined && before === undefined;
  const skip = isLive && !judged && offset > 0 ? offset : undefined;
  const question: PageQuestion = {
    offset,
    judged,
    skip,
    after: (listing ?? before)?.position,
    toPass: before?.toPass ?? (isLive && skip === undefined ? offset : 0),
    keep: (progress) => context.listings.keepPage(key, offset, progress),
  };
  const { views, toPass, extra, more, unskipped, position } = await rowsOfPage(inFolder, question);
  const isEmptySkip = skip !== undefined && !unskipped && views.length === 0;
  const first = isEmptySkip ? await countRows(inFolder, offset) : offset - toPass;
  const nextOffset = first + views.length;
  const total = more ? await totalOf(inFolder, nextOffset + Math.max(extra, 1)) : nextOffset + extra;
  const includesLast = !more && extra === 0;
  context.listings.set(key, { nextOffset, waiting: [], position: includesLast ? undefined : position });
  return { views, nextOffset, total, includesLast };
}

async function rowsOfPage(
  { context, target, search, pushed }: FolderSearch,
  { offset, judged, skip, after, toPass: passes, keep }: PageQuestion,
): Promise<PageRows> {
  const { maxEntries } = search.view;
  const query = queryFor(context, search, judged, pushed.orderBy);
  const top = pageSize(query, judged ? Math.max(maxEntries, JUDGED_PAGE) : maxEntries);
  const tracker = new PositionTracker(pushed.orderBy, after);
  const views: MessageView[] = [];
  let toPass = passes;
  let [more, extra, ahead, unskipped] = [false, 0, 0, false];
  const options = { calls: target.scope.calls, folder: target.segment, query, pushed, top, after, skip };
  try {
    for await (const page of listMessages(options)) {
      if (page.unskipped) [toPass, unskipped] = [offset, true];
      const looks = judged || !page.filtered;
      for (const message of page.rows) {
        const row = viewOf(message);
        const fits = !looks || isWanted(row, search.restriction, context);
        const isBehind = views.length === maxEntries;
        if (isBehind && fits) extra++;
        // The next page begins at the first row behind this one that fits: it need not look at those before again.
        if (extra === 0) tracker.pass(message);
        if (isBehind) continue;
        if (fits && toPass > 0) toPass--;
        else if (fits) views.push(row);
        context.traces.note(message);
      }
      more = page.more;
      const isFull = views.length === maxEntries;
      // Rows that are not judged all fit: another page of them is known to hold some.
      if (isFull && (extra > 0 || !looks || ++ahead > LOOK_AHEAD)) break;
      // What was found is a page, though a short one: the client goes on behind it.
      if (views.length > 0 && !context.isPatient()) break;
      if (!isFull && more) context.assertPatience();
    }
  } catch (error) {
    const { position } = tracker;
    if (views.length === 0 && position !== undefined) keep({ position, toPass });
    throw error;
  }
  return { views, toPass, extra, more, unskipped, position: tracker.position };
}

function endOf(offset: number): FoundPage {
  return { views: [], nextOffset: offset, total: offset, includesLast: true };
}

/** How many rows there are where an offset lies beyond them, of which an empty page says nothing. */
async function countRows({ context, target, pushed }: FolderSearch, most: number): Promise<number> {
  const query = { $select: `id,${pushed.orderBy}`, $expand: undefined };
  const options = { calls: target.scope.calls, folder: target.segment, query, pushed, top: COUNTED_PAGE };
  let count = 0;
  for await (const { rows } of listMessages(options)) {
    count += rows.length;
    if (count >= most) return most;
    context.assertPatience();
  }
  return count;
}

/**
 * Without a restriction, and for read or unread mail alone, the counters of the folder tell it. Otherwise it is what is
 * known: `$count` of a filtered list cannot be trusted (microsoft-graph-docs#3848), and to count is to read everything.
 */
async function totalOf({ context, target, search }: FolderSearch, known: number): Promise<number> {
  const { restriction } = search;
  const isRead = readState(restriction);
  if (restriction !== undefined && isRead === undefined) return known;
  const { total, unread } = await context.counters.of(target.scope, target.segment, target.id);
  return Math.max(known, isRead === undefined ? total : isRead ? total - unread : unread);
}

const READ_STATES: Readonly<Record<string, boolean | undefined>> = { true: true, 1: true, false: false, 0: false };

/** What IsRead has to be, where nothing else is asked for; undefined for any other restriction. */
function readState(restriction: MessageSearch['restriction']): boolean | undefined {
  if (restriction?.kind === 'Not') {
    const state = readState(restriction.operand);
    return state === undefined ? undefined : !state;
  }
  if (restriction?.kind !== 'IsEqualTo' && restriction?.kind !== 'IsNotEqualTo') return undefined;
  const { kind, field, operand } = restriction;
  if (field.kind !== 'named' || field.uri !== 'message:IsRead' || operand.kind !== 'constant') return undefined;
  const state = READ_STATES[operand.value.trim().toLowerCase()];
  return state === undefined ? undefined : state === (kind === 'IsEqualTo');
}
