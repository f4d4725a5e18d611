/**
 * GetStreamingEvents: a response that stays open and gets one envelope after another, each in a chunk of its
 * own (ews-answers, 5: Streaming).
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getstreamingevents-operation
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { child, children, textAt } from '../../ews/element.ts';
import { connectionStatus, failedSubscriptions, streamingEnvelope } from '../../ews/envelope.ts';
import { errorMessage, ResponseError, successMessage } from '../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../ews/xml.ts';
import type { OperationContext } from './operation.ts';
import { newEvents, type Subscription } from './subscriptions.ts';

const NAME = 'GetStreamingEvents';
const HEARTBEAT = 30_000;
/** Between two envelopes, so that clients find each in a read of its own. */
const PAUSE = 5;

/** Writes messages one after another, apart from each other. */
class EnvelopeWriter {
  readonly #response: ServerResponse;
  #last: Promise<void> = Promise.resolve();

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  write(message: XmlFragment): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#response.destroyed) return;
      this.#response.write(streamingEnvelope(message));
      await delay(PAUSE);
    });
    return this.#last;
  }
}

/**
 * Answers until ConnectionTimeout has passed or the client leaves.
 *
 * @param minute milliseconds of a minute of ConnectionTimeout
 */
export async function streamEvents(context: OperationContext, response: ServerResponse, minute: number): Promise<void> {
  const { request, subscriptions, appId } = context;
  const ids = children(child(request, 'SubscriptionIds')).map(({ text }) => text.trim());
  const writer = new EnvelopeWriter(response);
  response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'private' });
  const found = ids.flatMap((id) => subscriptions.find(id, appId) ?? []);
  const wrong = ids.filter((id) => found.every((subscription) => subscription.id !== id));
  const notStreaming = found.filter(({ kind }) => kind !== 'streaming').map(({ id }) => id);
  if (wrong.length + notStreaming.length > 0) {
    const error =
      wrong.length > 0
        ? new ResponseError('ErrorSubscriptionNotFound', 'The specified subscription was not found.')
        : new ResponseError('ErrorInvalidSubscription', 'The subscription is none that is streamed.');
    await writer.write(errorMessage(NAME, error, failedSubscriptions([...wrong, ...notStreaming])));
    response.end();
    return;
  }
  await follow(found, writer, response, Number(textAt(request, 'ConnectionTimeout') ?? 30) * minute);
}

async function follow(
  found: readonly Subscription[],
  writer: EnvelopeWriter,
  response: ServerResponse,
  milliseconds: number,
): Promise<void> {
  const alive = (): void => void writer.write(successMessage(NAME, connectionStatus('OK')));
  alive();
  const report = (): void => {
    // All that is pending goes into one message, one Notification for each subscription.
    const notifications = found.flatMap((subscription) => {
      const events = newEvents(subscription);
      if (events.length === 0) return [];
      // Clients look for Notification in the messages namespace, although types.xsd defines it.
      const content = [element('SubscriptionId', subscription.id), element('MoreEvents', false), events];
      return [xml`<m:Notification>${content}</m:Notification>`];
    });
    if (notifications.length > 0)
      void writer.write(successMessage(NAME, xml`<m:Notifications>${notifications}</m:Notifications>`));
  };
  const stops = found.map(({ mailbox }) => mailbox.changes.onChange(() => queueMicrotask(report)));
  const heartbeat = setInterval(alive, HEARTBEAT);
  report();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  clearInterval(heartbeat);
  for (const stop of stops) stop();
  if (response.destroyed) return;
  await writer.write(successMessage(NAME, connectionStatus('Closed')));
  response.end();
}
