/**
 * The messages of a folder in an order, page by page. A list goes on by the key of its last row and not by Graph's
 * nextLink, whose `$skip` counts rows of a folder that changes meanwhile: rows would be skipped or come twice.
 *
 * What Graph refuses falls back step by step: without the filter, then smaller pages, and at last without the people of
 * a message, which is what breaks off answers for some of them.
 *
 * @see https://learn.microsoft.com/graph/api/user-list-messages
 * @see https://github.com/mguessan/davmail/issues/448
 */
import { GraphError, LOCAL_CODES } from '../service/graph-error.ts';
import { isDate, type PushedQuery } from './filter.ts';
import type { GraphList, MailboxCalls } from '../service/mailbox-calls.ts';
import type { MessageQuery } from '../messages/message-query.ts';
import type { GraphMessage } from '../properties/graph-property.ts';
import { nextSecond } from '../properties/values.ts';

export interface ListOptions {
  readonly calls: MailboxCalls;
  /** Graph's id or well-known name of the folder; undefined for all folders of mail together. */
  readonly folder: string | undefined;
  readonly query: MessageQuery;
  readonly pushed: PushedQuery;
  /** Rows a page. */
  readonly top: number;
  /** Goes on behind this row. */
  readonly after?: ListPosition | undefined;
  /** Rows of the live view to begin behind; not together with `after`. */
  readonly skip?: number | undefined;
}

/** Where a list has got to. */
export interface ListPosition {
  /** The key of the last row, as Graph wrote it. */
  readonly key: string;
  /** Ids of the rows with this key that were given. */
  readonly ids: readonly string[];
}

export interface ListPage {
  readonly rows: readonly GraphMessage[];
  /** Whether Graph has more; it may be nothing but empty pages. */
  readonly more: boolean;
  /** Whether `skip` was left out, since it would have counted rows that do not fit. */
  readonly unskipped: boolean;
  /** Whether the filter was taken: if not, rows are to be judged by the whole restriction. */
  readonly filtered: boolean;
}

/** Earlier than any mail: a condition that is always true. */
const ALWAYS = '1900-01-01T00:00:00Z';
const SMALLEST_PAGE = 1;
/** Rows that a page is enlarged to; above it, with recipients, it takes too long. */
const ENLARGED_PAGE = 250;
/** Graph's way to say that it does not evaluate this filter or order. */
const REFUSALS: ReadonlySet<string> = new Set([
  'InefficientFilter',
  'ErrorRestrictionTooComplex',
  'ErrorInvalidUrlQueryFilter',
  'ErrorInvalidRestriction',
]);
/** Members with addresses. */
const PEOPLE: ReadonlySet<string> = new Set([
  'sender',
  'from',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
]);
/** A large page that took too long, or was cut off. */
const TOO_LARGE: ReadonlySet<string> = new Set([LOCAL_CODES.timeout, LOCAL_CODES.truncated, 'UnknownError']);

/** Pages until the end; each is fetched when it is asked for. @throws GraphError or GatewayError */
export async function* listMessages(options: ListOptions): AsyncGenerator<ListPage> {
  const { pushed } = options;
  let state: FetchState = { top: options.top, filter: pushed.condition !== undefined, people: true };
  let { after } = options;
  let from: PageStart = { after, skip: options.skip, link: undefined };
  for (;;) {
    const { page, used, unskipped } = await fetchPage(options, from, state);
    // A page that was too large need not make all the others small.
    state = { filter: used.filter, top: Math.min(options.top, used.top * 2), people: true };
    const seen = new Set(after?.ids);
    const rows = page.value.filter(({ id }) => !seen.has(id));
    const tracker = new PositionTracker(pushed.orderBy, after);
    for (const row of rows) tracker.pass(row);
    const link = page['@odata.nextLink'];
    yield { rows, more: link !== undefined, filtered: state.filter || pushed.condition === undefined, unskipped };
    if (link === undefined) return;
    after = tracker.position;
    // A page without a new row is empty, or all of its rows have the last key: only the link leads on.
    from = { after, skip: undefined, link: rows.length === 0 || after === undefined ? link : undefined };
  }
}

/** Follows rows in their order, so that a list can go on behind any of them. */
export class PositionTracker {
  readonly #orderBy: string;
  #key: string | undefined;
  #ids: string[];

  constructor(orderBy: string, start: ListPosition | undefined) {
    this.#orderBy = orderBy;
    this.#key = start?.key;
    this.#ids = [...(start?.ids ?? [])];
  }

  pass(row: GraphMessage): void {
    const key = (row as unknown as Readonly<Record<string, unknown>>)[this.#orderBy];
    if (typeof key !== 'string') return;
    if (key !== this.#key) this.#ids = [];
    this.#key = key;
    this.#ids.push(row.id);
  }

  /** Undefined before the first row with a key. */
  get position(): ListPosition | undefined {
    return this.#key === undefined ? undefined : { key: this.#key, ids: [...this.#ids] };
  }
}

interface FetchState {
  readonly top: number;
  readonly filter: boolean;
  /** Whether rows come with senders and recipients. */
  readonly people: boolean;
}

/** Where a page begins: behind a row, at a position of the live view, or at an opaque link. */
interface PageStart {
  readonly after: ListPosition | undefined;
  readonly skip: number | undefined;
  readonly link: string | undefined;
}

interface FetchedPage {
  readonly page: GraphList<GraphMessage>;
  readonly used: FetchState;
  readonly unskipped: boolean;
}

async function fetchPage(options: ListOptions, from: PageStart, state: FetchState): Promise<FetchedPage> {
  const { calls, folder, query, pushed } = options;
  let { skip, link } = from;
  let used = state;
  let unskipped = false;
  for (;;) {
    // The rows that were given come again, as they have the key where the list goes on.
    const again = from.after?.ids.length ?? 0;
    const top = Math.max(used.top, Math.min(used.top + again, ENLARGED_PAGE));
    const headers = { prefer: `odata.maxpagesize=${top}` };
    try {
      if (link !== undefined) return { page: await calls.next<GraphMessage>(link, headers), used, unskipped };
      const page = await calls.get<GraphList<GraphMessage>>(
        folder === undefined ? '/messages' : `/mailFolders/${folder}/messages`,
        {
          ...(used.people ? query : withoutPeople(query)),
          ...orderAndFilter(pushed, from.after, used.filter),
          $top: top,
          $skip: skip,
        },
        headers,
      );
      if (used.people) return { page, used, unskipped };
      const value = await Promise.all(page.value.map((row) => withPeople(calls, row, query)));
      return { page: { ...page, value }, used, unskipped };
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (used.filter && error.status === 400 && REFUSALS.has(error.code)) {
        used = { filter: false, top: used.top, people: used.people };
        unskipped = skip !== undefined;
        skip = undefined;
      } else if (used.top > SMALLEST_PAGE && (error.status === 504 || TOO_LARGE.has(error.code) || isComplex(error)))
        used = { filter: used.filter, top: Math.max(SMALLEST_PAGE, Math.floor(used.top / 4)), people: used.people };
      else if (used.people && isPeopled(query) && error.code === LOCAL_CODES.truncated)
        used = { filter: used.filter, top: used.top, people: false };
      else throw error;
      link = undefined;
    }
  }
}

function isPeopled({ $select }: MessageQuery): boolean {
  return $select.split(',').some((name) => PEOPLE.has(name));
}

function withoutPeople({ $select, $expand }: MessageQuery): MessageQuery {
  const members = $select.split(',').filter((name) => !PEOPLE.has(name));
  return { $select: members.join(','), $expand };
}

/** A row with its people, unless it is the one that Graph breaks off at. */
async function withPeople(calls: MailboxCalls, row: GraphMessage, { $select }: MessageQuery): Promise<GraphMessage> {
  const members = $select.split(',').filter((name) => PEOPLE.has(name));
  try {
    return {
      ...row,
      ...(await calls.get<GraphMessage>(`/messages/${row.id}`, { $select: ['id', ...members].join(',') })),
    };
  } catch (error) {
    if (error instanceof GraphError && (error.code === LOCAL_CODES.truncated || error.status === 404)) return row;
    throw error;
  }
}

/** "Cannot query rows in a table": too many extended properties for a page of this size. */
function isComplex({ status, code }: GraphError): boolean {
  return status === 400 && code === 'ErrorRestrictionTooComplex';
}

/** What is sorted by leads the filter, or Graph refuses it with InefficientFilter. */
function orderAndFilter(
  { orderBy, descending, condition }: PushedQuery,
  after: ListPosition | undefined,
  filter: boolean,
): { readonly $orderby: string; readonly $filter: string | undefined } {
  const $orderby = `${orderBy} ${descending ? 'desc' : 'asc'}`;
  const narrowed = filter ? condition : undefined;
  if (after === undefined && narrowed === undefined) return { $orderby, $filter: undefined };
  const behind = (key: string): string => (descending ? `lt ${nextSecond(key)}` : `ge ${key}`);
  const bound = after === undefined ? `ge ${ALWAYS}` : behind(after.key);
  const lead = isDate(orderBy) ? [`${orderBy} ${bound}`] : [];
  return { $orderby, $filter: [...lead, ...(narrowed === undefined ? [] : [narrowed])].join(' and ') };
}
