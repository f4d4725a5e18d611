/** How a subscription's folders feed its stream of events. */
import type { OperationContext } from '../operation.ts';
import type { EventStream } from './event-stream.ts';
import type { Position, WatchedFolder } from './mailbox-events.ts';
import type { Subscription } from './subscription.ts';

/** What a stream of one subscription watches. */
export interface Watched {
  /** The subscription's id. */
  readonly id: string;
  readonly events: Subscription['events'];
  /** In the order of the subscription's folders. */
  readonly folders: readonly WatchedFolder[];
  readonly start: readonly Position[];
}

/**
 * Lets the folders' pollers tell a stream what happens from `start` on.
 *
 * @returns how each poller is left @throws ResponseError, GraphError or GatewayError where a folder cannot be watched
 */
export async function joinFeeds(
  { own, feeds, pollingCalls }: Pick<OperationContext, 'own' | 'feeds' | 'pollingCalls'>,
  { id, events, folders, start }: Watched,
  stream: EventStream,
): Promise<(() => void)[]> {
  const leave: (() => void)[] = [];
  try {
    for (const [index, folder] of folders.entries()) {
      const position = start[index];
      if (position === undefined) continue;
      leave.push(
        await feeds.join({
          folder,
          position,
          actsAs: own.mailbox.address,
          pollingCalls: (signal) => pollingCalls(folder.address, signal),
          member: {
            told: (list, at) =>
              stream.add(
                id,
                index,
                list.filter(({ kind }) => events.includes(kind)),
                at,
              ),
            failed: () => stream.fail(id),
          },
        }),
      );
    }
    return leave;
  } catch (error) {
    for (const one of leave) one();
    throw error;
  }
}
