/**
 * GetStreamingEvents: a response that stays open and gets one envelope after another.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getstreamingevents-operation
 */
import type { ServerResponse } from 'node:http';
import { EWS_MESSAGES, EWS_TYPES, SOAP_11 } from '../../soap/namespaces.ts';
import { responseMessage, type OperationContext } from './operation.ts';
import { newEvents, type Subscription } from './subscriptions.ts';
import { child, children, tag, textAt } from './xml.ts';

const HEARTBEAT = 30_000;

/**
 * Answers until ConnectionTimeout has passed or the client leaves.
 *
 * @param minute milliseconds of a minute of ConnectionTimeout
 */
export async function streamEvents(context: OperationContext, response: ServerResponse, minute: number): Promise<void> {
  const { request, subscriptions, appId } = context;
  const ids = children(child(request, 'SubscriptionIds')).map((id) => id.textContent ?? '');
  const write = async (content: () => string): Promise<void> => {
    const message = await responseMessage('m:GetStreamingEventsResponseMessage', content);
    response.write(
      `<Envelope xmlns="${SOAP_11}"><Header xmlns="${SOAP_11}"></Header><Body><m:GetStreamingEventsResponse xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}">` +
        `<m:ResponseMessages>${message}</m:ResponseMessages></m:GetStreamingEventsResponse></Body></Envelope>`,
    );
  };
  response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'private' });
  let found: Subscription[] = [];
  await write(() => {
    found = ids.map((id) => subscriptions.get(id, appId));
    return '<m:ConnectionStatus>OK</m:ConnectionStatus>';
  });
  if (found.length === 0) {
    response.end();
    return;
  }
  const report = (): void => {
    for (const subscription of found) {
      const events = newEvents(subscription);
      if (events.length === 0) continue;
      // Clients look for Notification in the messages namespace, although types.xsd defines it.
      void write(
        () =>
          `<m:Notifications><m:Notification>${tag('SubscriptionId', subscription.id)}${tag('MoreEvents', false)}${events.join('')}</m:Notification></m:Notifications>`,
      );
    }
  };
  const stops = found.map(({ mailbox }) => mailbox.changes.onChange(() => queueMicrotask(report)));
  const heartbeat = setInterval(() => void write(() => '<m:ConnectionStatus>OK</m:ConnectionStatus>'), HEARTBEAT);
  report();
  const minutes = Number(textAt(request, 'ConnectionTimeout') ?? 30);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, minutes * minute);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  clearInterval(heartbeat);
  for (const stop of stops) stop();
  if (response.destroyed) return;
  await write(() => '<m:ConnectionStatus>Closed</m:ConnectionStatus>');
  response.end();
}
