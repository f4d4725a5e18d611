/**
 * What finds a message again after it was moved: its search key, which it keeps wherever it goes, and when it was
 * received. Noted whenever a message is read, so that an import needs no call for it. Bounded, in memory.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops/ (PidTagSearchKey)
 */
import { lruCache } from '../../../lru-cache.ts';
import { extendedValues, normalisedId, type WithExtendedProperties } from '../properties/extended-properties.ts';
import { GraphError } from '../service/graph-error.ts';
import type { GraphList, MailboxCalls } from '../service/mailbox-calls.ts';
import { nextSecond } from '../properties/values.ts';

/** PidTagSearchKey; message ids of the internet are not unique. */
export const SEARCH_KEY = 'Binary 0x300B';

export interface MessageTrace {
  readonly searchKey: string;
  /** As Graph writes it. */
  readonly receivedDateTime: string;
}

/** A message as a move, copy or change answers it. */
export interface MessageHandle {
  /** In Graph's alphabet. */
  readonly id: string;
  readonly changeKey: string;
  /** Of meeting messages only. */
  readonly meetingMessageType?: string;
}

interface Candidate extends MessageHandle, WithExtendedProperties {}

const MAX_TRACES = 100_000;

export class MessageTraces {
  readonly #traces = lruCache<string, MessageTrace>(MAX_TRACES);

  /** Notes a message that was read with {@link SEARCH_KEY} and receivedDateTime. */
  note(message: WithExtendedProperties & { readonly id: string; readonly receivedDateTime?: string | null }): void {
    const searchKey = extendedValues(message).get(normalisedId(SEARCH_KEY));
    if (typeof searchKey !== 'string' || typeof message.receivedDateTime !== 'string') return;
    this.#traces.set(message.id, { searchKey, receivedDateTime: message.receivedDateTime });
  }

  /** Goes on with a message under its new id. */
  set(id: string, trace: MessageTrace): void {
    this.#traces.set(id, trace);
  }

  of(id: string): MessageTrace | undefined {
    return this.#traces.get(id);
  }
}

/**
 * Where a message is after a move that gave no answer.
 *
 * @param id in Graph's alphabet, as it was before the move
 * @param folder Graph's id or name of the target
 * @returns 'not moved' where it still is where it was; undefined where it is in neither place, or cannot be told from
 *   others
 */
export async function findMoved(
  calls: MailboxCalls,
  id: string,
  folder: string,
  trace: MessageTrace | undefined,
): Promise<MessageHandle | 'not moved' | undefined> {
  try {
    await calls.get(`/messages/${id}`, { $select: 'id' });
    return 'not moved';
  } catch (error) {
    if (!(error instanceof GraphError) || error.status !== 404) throw error;
  }
  if (trace === undefined) return undefined;
  const { receivedDateTime } = trace;
  const { value } = await calls.get<GraphList<Candidate>>(`/mailFolders/${folder}/messages`, {
    $filter: `receivedDateTime ge ${receivedDateTime} and receivedDateTime lt ${nextSecond(receivedDateTime)}`,
    $select: 'id,changeKey',
    $expand: `singleValueExtendedProperties($filter=id eq '${SEARCH_KEY}')`,
    $top: 250,
  });
  const found = value.filter((one) => extendedValues(one).get(normalisedId(SEARCH_KEY)) === trace.searchKey);
  return found.length === 1 ? found[0] : undefined;
}
