/**
 * Does something with all messages of a folder. Graph has no action for that: their ids are listed and each is changed
 * by a step of a batch, until the list is empty.
 *
 * @see https://learn.microsoft.com/graph/json-batching
 */
import type { BatchStep } from '../service/batch.ts';
import { GraphError, leavesOpen } from '../service/graph-error.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import type { OperationContext, Scope } from '../operation.ts';

const PAGE = 100;
/** How often a message is tried that gives no answer, or stays in the list. */
const TRIES = 3;
/** After so many failures it is no matter of single messages. */
const MOST_FAILURES = 100;

/**
 * @param $filter which messages; a step must make that its message is listed no longer
 * @throws GraphError of the first message that could not be changed, after all others were; GatewayError UPSTREAM_BUSY
 *   where it takes longer than a client waits: what is done stays done, and a second request goes on
 */
export async function changeAll(
  context: Pick<OperationContext, 'assertPatience'>,
  { calls }: Scope,
  folder: string,
  $filter: string | undefined,
  stepFor: (id: string) => BatchStep,
): Promise<void> {
  const tries = new Map<string, number>();
  const given = new Set<string>();
  let failure: GraphError | undefined;
  while (given.size <= MOST_FAILURES) {
    context.assertPatience();
    const { value } = await calls.get<GraphList<{ readonly id: string }>>(`/mailFolders/${folder}/messages`, {
      $filter,
      $select: 'id',
      $top: PAGE + given.size,
    });
    const open = value.map(({ id }) => id).filter((id) => !given.has(id));
    if (open.length === 0) break;
    for (const [id, error] of await changeSome(calls, open, stepFor)) {
      const count = (tries.get(id) ?? 0) + 1;
      tries.set(id, count);
      const isOver = count === TRIES || (error !== undefined && !isPassing(error));
      if (isOver && error !== undefined) failure ??= error;
      if (isOver) given.add(id);
    }
  }
  if (failure !== undefined) throw failure;
}

/** Whether another try may do it: the steps of a batch are not tried again one by one. */
function isPassing(error: GraphError): boolean {
  return leavesOpen(error) || error.status === 412;
}

/** @returns each message with what its step came to: undefined where it was done, or is not there any more */
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
        const failed = result !== undefined && 'error' in result && result.error.status !== 404;
        return [id, failed ? result.error : undefined];
      }),
    );
  } catch (error) {
    // A batch without an answer may have been carried out in part: the list shows.
    if (!(error instanceof GraphError) || !leavesOpen(error)) throw error;
    return new Map(ids.map((id) => [id, error]));
  }
}
