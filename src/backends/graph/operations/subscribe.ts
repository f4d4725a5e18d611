/**
 * Subscribe, for events that are pulled or streamed. Exchange can also call the client's own address; a gateway that
 * made calls to addresses which clients name would open the network it stands in, so that is refused.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscribe-operation
 */
import { children, textAt } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { startOfChanges, startOfList, type Position } from '../notifications/mailbox-events.ts';
import {
  isListed,
  readSubscription,
  watchedFolders,
  type Subscription,
  type Watermark,
} from '../notifications/subscription.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { noChangeTracking } from '../sync/delta.ts';

/** How long folders are gone through before the answer; what is left of them is gone through later. */
const PATIENCE = 5_000;

export const subscribe: Operation = (context) =>
  messages('Subscribe', children(context.request), 'folder', async (element) => {
    if (element.localName === 'PushSubscriptionRequest')
      throw new ResponseError(
        'ErrorInvalidOperation',
        'Events cannot be pushed over Microsoft Graph. Subscribe to a stream, or pull them.',
      );
    const kind = element.localName === 'StreamingSubscriptionRequest' ? 'streaming' : 'pull';
    const { states, own } = context;
    const read = await readSubscription(context, element, kind);
    if (!isListed(read) && !context.capabilities.delta) throw noChangeTracking();
    const start = await startOf(context, read, textAt(element, 'Watermark'));
    const { address } = own.mailbox;
    const subscription: Subscription = { ...read, start: kind === 'streaming' ? start : [] };
    const id = xml`<m:SubscriptionId>${states.seal('subscription', address, subscription)}</m:SubscriptionId>`;
    if (kind === 'streaming') return id;
    const watermark: Watermark = { name: read.name, at: read.madeAt, positions: start };
    return xml`${id}<m:Watermark>${states.seal('watermark', address, watermark)}</m:Watermark>`;
  });

/** @param mark watermark of an earlier subscription to the same, which this one goes on with */
async function startOf(
  context: OperationContext,
  subscription: Pick<Subscription, 'folders' | 'events'>,
  mark: string | undefined,
): Promise<readonly Position[]> {
  const folders = await watchedFolders(context, subscription);
  const kind = isListed(subscription) ? 'list' : 'changes';
  if (mark !== undefined && mark !== '') {
    const { own, states } = context;
    const positions = states.open<Watermark>('watermark', own.mailbox.address, mark)?.positions;
    if (positions?.length !== folders.length || positions.some((position) => position.kind !== kind))
      throw new ResponseError('ErrorInvalidWatermark', 'The watermark is not one of such a subscription.');
    return positions;
  }
  const until = performance.now() + PATIENCE;
  const positions: Position[] = [];
  for (const folder of folders)
    positions.push(
      kind === 'list' ? await startOfList(folder) : await startOfChanges(folder, () => performance.now() < until),
    );
  return positions;
}
