/**
 * The messages of a folder in an order, page by page. A list goes on by the key of its last row and not by Graph's
 * nextLink, whose `$skip` counts rows of a folder that changes meanwhile: rows would be skipped or come twice.
 *
 * What Graph refuses falls back step by step: without the filter, then smaller pages.
 *
 * @see https://learn.microsoft.com/graph/api/user-list-messages
 */
import { GraphError, LOCAL_CODES } from './graph-error.ts';
import { isDate, type PushedQuery } from './filter.ts';
import type { GraphList, MailboxCalls } from './mailbox-calls.ts';
import type { MessageQuery } from './message-query.ts';
import type { GraphMessage } from './properties/graph-property.ts';

export interface ListOptions {
  readonly calls: MailboxCalls;
  /** Graph's id or well-known name of the folder. */
  readonly folder: string;
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
  /** Where the next page begins; undefined where there is none. */
  readonly next: ListPosition | undefined;
  /** Whether the filter was taken: if not, rows are to be judged by the whole restriction. */
  readonly filtered: boolean;
}

/** Earlier than any mail: a condition that is always true. */
const ALWAYS = '1900-01-01T00:00:00Z';
const SMALLEST_PAGE = 10;
const LARGEST_PAGE = 1_000;
/** Graph's way to say that it does not evaluate this filter or order. */
const REFUSALS: ReadonlySet<string> = new Set([
  'InefficientFilter',
  'ErrorRestrictionTooComplex',
  'ErrorInvalidUrlQueryFilter',
  'ErrorInvalidRestriction',
]);
/** A large page that took too long, or was cut off. */
const TOO_LARGE: ReadonlySet<string> = new Set([LOCAL_CODES.timeout, LOCAL_CODES.truncated, 'UnknownError']);

/** Pages until the end; each is fetched when it is asked for. @throws GraphError or GatewayError */
export async function* listMessages(options: ListOptions): AsyncGenerator<ListPage> {
  const { pushed } = options;
  let state: FetchState = { top: options.top, filter: pushed.condition !== undefined };
  let { after, skip } = options;
  for (;;) {
    const { page, used } = await fetchPage(options, after, skip, state);
    state = used;
    skip = undefined;
    const seen = new Set(after?.ids);
    const rows = page.value.filter(({ id }) => !seen.has(id));
    const tracker = new PositionTracker(pushed.orderBy, after);
    for (const row of rows) tracker.pass(row);
    const next = page['@odata.nextLink'] === undefined ? undefined : tracker.position;
    yield { rows, next, filtered: state.filter || pushed.condition === undefined };
    if (next === undefined) return;
    // More rows with one key than fit a page: the next page has to be larger.
    if (rows.length === 0 && state.top < LARGEST_PAGE)
      state = { filter: state.filter, top: Math.min(state.top * 2, LARGEST_PAGE) };
    else if (rows.length === 0) return;
    after = next;
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
}

async function fetchPage(
  options: ListOptions,
  after: ListPosition | undefined,
  skip: number | undefined,
  state: FetchState,
): Promise<{ readonly page: GraphList<GraphMessage>; readonly used: FetchState }> {
  const { calls, folder, query, pushed } = options;
  let used = state;
  for (;;) {
    try {
      const page = await calls.get<GraphList<GraphMessage>>(
        `/mailFolders/${folder}/messages`,
        {
          ...query,
          ...orderAndFilter(pushed, after, used.filter),
          $top: used.top,
          $skip: skip,
        },
        { prefer: `odata.maxpagesize=${used.top}` },
      );
      return { page, used };
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (used.filter && error.status === 400 && REFUSALS.has(error.code)) used = { filter: false, top: used.top };
      else if (used.top > SMALLEST_PAGE && (error.status === 504 || TOO_LARGE.has(error.code) || isComplex(error)))
        used = { filter: used.filter, top: Math.max(SMALLEST_PAGE, Math.floor(used.top / 4)) };
      else throw error;
    }
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
  const bound = after === undefined ? `ge ${ALWAYS}` : `${descending ? 'le' : 'ge'} ${after.key}`;
  const lead = isDate(orderBy) ? [`${orderBy} ${bound}`] : [];
  return { $orderby, $filter: [...lead, ...(narrowed === undefined ? [] : [narrowed])].join(' and ') };
}
