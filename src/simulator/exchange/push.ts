/**
 * Push notifications: Exchange posts events to the client's address until that answers Unsubscribe or fails.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/push-subscription
 */
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../../soap/namespaces.ts';
import { successMessage } from '../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../ews/xml.ts';
import { newEvents, watermark, type Subscription, type Subscriptions } from './subscriptions.ts';

/**
 * Posts what happens from now on; the first failure ends the subscription (inferred: Exchange retries first).
 * A simulator reaches this machine only: other addresses are taken, and nothing is sent to them.
 */
export function pushEvents(subscriptions: Subscriptions, subscription: Subscription, url: string): void {
  if (!/^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname)) return;
  const { mailbox, id, appId } = subscription;
  let previous = watermark(subscription.seen);
  const end = (): void => {
    stop();
    if (subscriptions.find(id, appId) !== undefined) subscriptions.remove(id, appId);
  };
  const post = async (): Promise<void> => {
    const events = newEvents(subscription);
    if (events.length === 0) return;
    const notification = xml`<m:Notification>${element('SubscriptionId', id)}${element(
      'PreviousWatermark',
      previous,
    )}${element('MoreEvents', false)}${events}</m:Notification>`;
    previous = watermark(subscription.seen);
    const message = successMessage('SendNotification', notification);
    const content = xml`<m:SendNotification><m:ResponseMessages>${message}</m:ResponseMessages></m:SendNotification>`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: envelope(content).markup,
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok || (await response.text()).includes('>Unsubscribe<')) end();
  };
  const stop = mailbox.changes.onChange(() => queueMicrotask(() => void post().catch(end)));
}

function envelope(content: XmlFragment): XmlFragment {
  const body = xml`<s:Body>${content}</s:Body>`;
  return xml`<s:Envelope xmlns:s="${SOAP_11}" xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}">${body}</s:Envelope>`;
}
