/**
 * Does something with all messages of a folder. Graph has no action for that: their ids are listed and each is changed
 * by a step of a batch, until the list is empty.
 *
 * @see https://learn.microsoft.com/graph/json-batching
 */
import type { BatchStep } from '../service/batch.ts';
import { toResponseError } from '../errors.ts';
import { GraphError, leavesOpen } from '../service/graph-error.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import type { OperationContext, Scope } from '../operation.ts';

const PAGE = 100;
/** The most rows that Graph lists at once. */
const LARGEST_PAGE = 1_000;
/** How often a message is tried that gives no answer, or stays in the list. */
const TRIES = 3;
/** After so many failures it is no matter of single messages. */
const MOST_FAILURES = 100;

/** What is done with which messages. */
export interface MessageChange<M extends ListedMessage> {
  /** Which messages; the step must make that its message is listed no longer. */
  readonly $filter?: string;
  /** What is asked of each. */
  readonly $select: readonly (keyof M & string)[];
  readonly stepFor: (id: string) => BatchStep;
  /** Before messages are changed. @returns the ids of those that are to be left as they are */
  readonly prepare?: (messages: readonly M[]) => Promise<ReadonlySet<string>>;
}

export interface ListedMessage {
  readonly id: string;
}

/**
 * @returns how many messages were left as they are
 * @throws GraphError of the first message that could not be changed, after all others were, or ResponseError
 *   ErrorItemNotFound where Graph lists it and calls it unknown; GatewayError UPSTREAM_BUSY where it takes longer
 *   than a client waits: what is done stays done, and a second request goes on
 */
export async function changeAll<M extends ListedMessage>(
  context: Pick<OperationContext, 'assertPatience'>,
  { calls }: Scope,
  folder: string,
  { $filter, $select, stepFor, prepare }: MessageChange<M>,
): Promise<number> {
  const tries = new Map<string, number>();
  const given = new Set<string>();
  const left = new Set<string>();
  let failure: GraphError | undefined;
  while (given.size <= MOST_FAILURES) {
    context.assertPatience();
    const { value } = await calls.get<GraphList<M>>(`/mailFolders/${folder}/messages`, {
      $filter,
      $select: $select.join(','),
      $top: Math.min(PAGE + given.size + left.size, LARGEST_PAGE),
    });
    const open = value.filter(({ id }) => !given.has(id) && !left.has(id));
    for (const id of (await prepare?.(open)) ?? []) left.add(id);
    const ids = open.map(({ id }) => id).filter((id) => !left.has(id));
    if (open.length === 0) break;
    for (const [id, error] of await changeSome(calls, ids, stepFor)) {
      const count = (tries.get(id) ?? 0) + 1;
      tries.set(id, count);
      // What may have been carried out all the same, or was gone before, is no longer listed then.
      const isOver = count === TRIES || (error !== undefined && error.status !== 404 && !leavesOpen(error));
      if (isOver && error !== undefined) failure ??= error;
      if (isOver) given.add(id);
    }
  }
  // Graph lists messages that it calls unknown. Of the folder that says nothing.
  if (failure?.status === 404) throw toResponseError(failure, 'item');
  if (failure !== undefined) throw failure;
  return left.size;
}

/** @returns each message with what its step came to: undefined where it was done */
async function changeSome(
  calls: Scope['calls'],
  ids: readonly string[],
  stepFor: (id: string) => BatchStep,
): Promise<Map<string, GraphError | undefined>> {
  try {
    const results = await calls.batch(ids.map(stepFor));
    return new Map(
      ids.map((id, index) => {
        const result = results[index];
        return [id, result !== undefined && 'error' in result ? result.error : undefined];
      }),
    );
  } catch (error) {
    // A batch without an answer may have been carried out in part: the list shows.
    if (!(error instanceof GraphError) || !leavesOpen(error)) throw error;
    return new Map(ids.map((id) => [id, error]));
  }
}
