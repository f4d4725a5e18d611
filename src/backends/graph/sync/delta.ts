/**
 * Rounds of Graph's change tracking. A link is opaque and its token short-lived; of a link only the query is kept and
 * given to clients, sealed, and the address is made again: nobody can be led to another mailbox or host by a state.
 *
 * @see https://learn.microsoft.com/graph/delta-query-overview
 * @see https://learn.microsoft.com/graph/api/message-delta
 */
import { ResponseError } from '../../../ews/response-messages.ts';
import { GraphError, LOCAL_CODES } from '../service/graph-error.ts';
import type { MailboxCalls, Query } from '../service/mailbox-calls.ts';

/** A page of changes. */
export interface DeltaPage<T> {
  readonly entries: readonly (T & Removable)[];
  /** Query of the link to what follows. */
  readonly next: string;
  /** Whether the round has ended: what follows are later changes. */
  readonly ended: boolean;
}

export interface Removable {
  readonly 'id': string;
  readonly '@removed'?: { readonly reason?: string };
}

interface DeltaAnswer<T> {
  readonly 'value': readonly (T & Removable)[];
  readonly '@odata.nextLink'?: string;
  readonly '@odata.deltaLink'?: string;
}

/**
 * @param path of the collection, for example /mailFolders/ID/messages/delta
 * @param from the query of the link that was given last, or the options of the first request; they stay in the token
 * @param size entries of a page; Graph takes it for a hint, and forgets it between two pages
 * @throws ResponseError ErrorInvalidSyncStateData where Graph does not know the token any more; GraphError or
 *   GatewayError
 */
export async function deltaPage<T>(
  calls: MailboxCalls,
  path: string,
  from: string | Query,
  size: number,
): Promise<DeltaPage<T>> {
  for (let top = size; ; top = Math.max(1, Math.floor(top / 4))) {
    const headers = { prefer: `odata.maxpagesize=${top}` };
    try {
      const answer =
        typeof from === 'string'
          ? await calls.get<DeltaAnswer<T>>(`${path}?${from}`, {}, headers)
          : await calls.get<DeltaAnswer<T>>(path, from, headers);
      return pageOf(answer);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (top > 1 && isTooLarge(error)) continue;
      if (typeof from === 'string' && (error.status === 410 || error.status === 400)) throw staleState();
      throw error;
    }
  }
}

/** What makes clients start over. */
export function staleState(): ResponseError {
  return new ResponseError(
    'ErrorInvalidSyncStateData',
    'Synchronization state data is corrupt or otherwise invalid. Synchronise again from the beginning.',
  );
}

/** What a cloud without change tracking answers. */
export function noChangeTracking(): ResponseError {
  return new ResponseError('ErrorInvalidOperation', 'Microsoft Graph has no change tracking in this cloud.');
}

function pageOf<T>(answer: DeltaAnswer<T>): DeltaPage<T> {
  const { value, '@odata.nextLink': nextLink, '@odata.deltaLink': deltaLink } = answer;
  const link = nextLink ?? deltaLink;
  const query = link === undefined ? '' : (URL.parse(link)?.search.slice(1) ?? '');
  if (query === '')
    throw new GraphError({
      status: 200,
      code: LOCAL_CODES.unexpected,
      message: 'Changes came without a link to what follows.',
      requestId: undefined,
      retryAfter: undefined,
    });
  return { entries: value, next: query, ended: nextLink === undefined };
}

/** A page that took too long, or was cut off. */
function isTooLarge({ status, code }: GraphError): boolean {
  return (
    status === 504 ||
    code === LOCAL_CODES.timeout ||
    code === LOCAL_CODES.truncated ||
    (status === 400 && code === 'ErrorRestrictionTooComplex')
  );
}
