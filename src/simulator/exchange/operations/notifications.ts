/**
 * Subscribe, GetEvents, Unsubscribe. GetStreamingEvents is in ../streaming.ts, because it does not end.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscribe-operation
 */
import { folderOf, ResponseError, responseMessages, type Operation } from '../operation.ts';
import { newEvents, watermark, watermarkNumber } from '../subscriptions.ts';
import { child, children, tag, textAt } from '../xml.ts';

export const subscribe: Operation = (context) => {
  const { request, mailbox, subscriptions, appId } = context;
  return responseMessages('Subscribe', children(request), (element) => {
    const kind =
      element.localName === 'StreamingSubscriptionRequest'
        ? 'streaming'
        : element.localName === 'PullSubscriptionRequest'
          ? 'pull'
          : undefined;
    if (kind === undefined)
      throw new ResponseError(
        'ErrorInvalidSubscriptionRequest',
        'The simulator has pull and streaming subscriptions only.',
      );
    const all = element.getAttribute('SubscribeToAllFolders') === 'true';
    const subscription = subscriptions.add({
      appId,
      mailbox,
      kind,
      folderIds: all ? undefined : new Set(children(child(element, 'FolderIds')).map((id) => folderOf(context, id).id)),
      eventTypes: new Set(children(child(element, 'EventTypes')).map((type) => type.textContent ?? '')),
    });
    const mark = kind === 'pull' ? `<m:Watermark>${watermark(subscription.seen)}</m:Watermark>` : '';
    return `<m:SubscriptionId>${subscription.id}</m:SubscriptionId>${mark}`;
  });
};

export const getEvents: Operation = ({ request, subscriptions, appId }) =>
  responseMessages('GetEvents', [request], () => {
    const subscription = subscriptions.get(textAt(request, 'SubscriptionId') ?? '', appId);
    const previous = textAt(request, 'Watermark') ?? '';
    const events = newEvents(subscription, watermarkNumber(previous));
    const status = `<t:StatusEvent>${tag('Watermark', watermark(subscription.seen))}</t:StatusEvent>`;
    return (
      `<m:Notification>${tag('SubscriptionId', subscription.id)}${tag('PreviousWatermark', previous)}` +
      `${tag('MoreEvents', false)}${events.length === 0 ? status : events.join('')}</m:Notification>`
    );
  });

export const unsubscribe: Operation = ({ request, subscriptions, appId }) =>
  responseMessages('Unsubscribe', [request], () => {
    subscriptions.remove(textAt(request, 'SubscriptionId') ?? '', appId);
    return '';
  });
