/**
 * GetEvents: what happened in the folders of a subscription since a watermark, asked of Graph there and then.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getevents-operation
 */
import { textAt } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { notification } from '../notifications/event-elements.ts';
import { eventsSince, type MailboxEvent, type Position } from '../notifications/mailbox-events.ts';
import {
  openSubscription,
  subscriptionNotFound,
  watchedFolders,
  type Subscription,
  type Watermark,
} from '../notifications/subscription.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';

/** Messages of one folder in one answer. */
const MOST_MESSAGES = 250;
/** How long folders are gone through for the first time within one request. */
const PATIENCE = 20_000;

export const getEvents: Operation = (context) =>
  messages('GetEvents', [context.request], 'synced folder', async (request) => {
    const id = textAt(request, 'SubscriptionId') ?? '';
    const previous = textAt(request, 'Watermark') ?? '';
    const { states, own, ended } = context;
    const subscription = openSubscription(context, id);
    if (subscription.kind !== 'pull')
      throw new ResponseError('ErrorInvalidPullSubscriptionId', 'The subscription is none that is pulled.');
    const mark = states.open<Watermark>('watermark', own.mailbox.address, previous);
    if (mark?.name !== subscription.name) throw invalidWatermark();
    if (ended.has(id) || Date.now() - mark.at > subscription.timeout * 60_000) throw subscriptionNotFound();
    const { events, positions, more } = await read(context, subscription, mark.positions);
    const next: Watermark = { name: mark.name, at: Date.now(), positions };
    const watermark = states.seal('watermark', own.mailbox.address, next);
    context.sink.items(events.length);
    return notification(id, previous, watermark, events, more);
  });

async function read(
  context: OperationContext,
  subscription: Subscription,
  positions: readonly Position[],
): Promise<{ readonly events: MailboxEvent[]; readonly positions: Position[]; readonly more: boolean }> {
  const folders = await watchedFolders(context, subscription);
  const until = performance.now() + PATIENCE;
  const events: MailboxEvent[] = [];
  const next: Position[] = [];
  let more = false;
  for (const [index, folder] of folders.entries()) {
    const position = positions[index];
    if (position === undefined) throw invalidWatermark();
    const found = await eventsSince(folder, position, MOST_MESSAGES, () => performance.now() < until).catch(
      (error: unknown) => {
        // Graph has forgotten the position: the client subscribes again and looks for itself.
        if (error instanceof ResponseError && error.responseCode === 'ErrorInvalidSyncStateData')
          throw invalidWatermark();
        throw error;
      },
    );
    events.push(...found.events.filter(({ kind }) => subscription.events.includes(kind)));
    next.push(found.position);
    more ||= found.more;
  }
  return { events, positions: next, more };
}

function invalidWatermark(): ResponseError {
  return new ResponseError('ErrorInvalidWatermark', 'The watermark used for creating this subscription was not found.');
}
