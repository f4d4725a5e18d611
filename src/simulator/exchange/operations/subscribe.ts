/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscribe-operation */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { folderOf } from '../ids.ts';
import { answerEach, type Operation, type OperationContext } from '../operation.ts';
import { watermark, watermarkNumber, type SubscriptionKind } from '../subscriptions.ts';
import { pushEvents } from '../push.ts';

const KINDS: Readonly<Record<string, SubscriptionKind>> = {
  PullSubscriptionRequest: 'pull',
  PushSubscriptionRequest: 'push',
  StreamingSubscriptionRequest: 'streaming',
};

export const subscribe: Operation = {
  name: 'Subscribe',
  answer: (context) =>
    answerEach('Subscribe', children(context.request), (element) => {
      const { mailbox, subscriptions, appId } = context;
      const kind = KINDS[element.localName] ?? 'pull';
      const mark = textAt(element, 'Watermark');
      const url = textAt(element, 'URL');
      if (kind === 'push' && (url === undefined || !URL.canParse(url)))
        throw new ResponseError('ErrorInvalidPushSubscriptionUrl', 'The URL of the subscription is not valid.');
      const subscription = subscriptions.add({
        appId,
        mailbox,
        kind,
        folderIds: foldersOf(context, element),
        eventTypes: new Set(children(child(element, 'EventTypes')).map(({ text }) => text.trim())),
        seen: mark === undefined ? mailbox.changes.head : watermarkNumber(mark),
      });
      if (kind === 'push' && url !== undefined) pushEvents(subscriptions, subscription, url);
      const id = xml`<m:SubscriptionId>${subscription.id}</m:SubscriptionId>`;
      // Clients fail on the watermark of a streaming subscription (ews-answers: Subscribe).
      return kind === 'streaming' ? id : xml`${id}<m:Watermark>${watermark(subscription.seen)}</m:Watermark>`;
    }),
};

/** @returns undefined for all folders */
function foldersOf(context: OperationContext, element: EwsElement): ReadonlySet<string> | undefined {
  const ids = children(child(element, 'FolderIds'));
  const isAll = /^(?:true|1)$/.test(element.attributes.get('SubscribeToAllFolders') ?? '');
  if (isAll === ids.length > 0)
    throw new ResponseError('ErrorInvalidSubscriptionRequest', 'Either all folders or some must be named.');
  return isAll ? undefined : new Set(ids.map((id) => folderOf(context, id).id));
}
