/**
 * GetStreamingEvents: one envelope after another on a connection that stays open. Each piece of the answer is the
 * response message of an envelope of its own.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getstreamingevents-operation
 */
import { GatewayError } from '../../../errors.ts';
import { child, children, textAt } from '../../../ews/element.ts';
import { connectionStatus, failedSubscriptions } from '../../../ews/envelope.ts';
import { errorMessage, ResponseError, successMessage } from '../../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import { eventElement } from '../notifications/event-elements.ts';
import { EventStream, type WaitingEvents } from '../notifications/event-stream.ts';
import { joinFeeds } from '../notifications/feed-members.ts';
import type { Position } from '../notifications/mailbox-events.ts';
import { STREAM_LIFETIME } from '../notifications/stream-positions.ts';
import {
  openSubscription,
  subscriptionNotFound,
  watchedFolders,
  type Subscription,
} from '../notifications/subscription.ts';
import type { Operation, OperationContext } from '../operation.ts';

const NAME = 'GetStreamingEvents';
/** Clients give a connection up that is silent for 90 s, proxies sooner. */
const HEARTBEAT = 30_000;
const LONGEST_CONNECTION = 30;
const MINUTE = 60_000;
const ALIVE = successMessage(NAME, connectionStatus('OK'));

/** A subscription that is streamed, by its id. */
type Streamed = ReadonlyMap<string, { readonly subscription: Subscription; readonly start: readonly Position[] }>;

export const getStreamingEvents: Operation = async function* (context) {
  const { request, signal, ending, clock } = context;
  const ids = [...new Set(children(child(request, 'SubscriptionIds')).map(({ text }) => text.trim()))];
  const found = findAll(context, ids);
  if ('error' in found) {
    yield errorMessage(NAME, found.error, failedSubscriptions(found.ids));
    return;
  }
  const { streamed } = found;
  const minutes = Number(textAt(request, 'ConnectionTimeout') ?? LONGEST_CONNECTION);
  const until = clock.monotonic() + Math.min(Math.max(minutes, 1), LONGEST_CONNECTION) * MINUTE;
  yield ALIVE;
  const stream = new EventStream(new Map([...streamed].map(([id, { start }]) => [id, start])), clock);
  const leave = await join(context, streamed, stream);
  try {
    for (let heard = clock.monotonic(); ;) {
      const { waiting, positions } = stream.take();
      if (waiting.length > 0) {
        yield notifications(streamed, waiting);
        heard = clock.monotonic();
      }
      // What was not written is reported again on the next connection.
      for (const [id, told] of positions) context.streams.set(id, told);
      if (waiting.length > 0) continue;
      if (stream.isOverrun) throw overrun();
      if (stream.failed !== undefined) {
        yield errorMessage(NAME, subscriptionNotFound(), failedSubscriptions([stream.failed]));
        return;
      }
      const now = clock.monotonic();
      if (signal.aborted || ending?.aborted === true || now >= until) break;
      if (now - heard >= HEARTBEAT) {
        yield ALIVE;
        heard = now;
      }
      await stream.wait(
        Math.min(until - now, heard + HEARTBEAT - now),
        signal,
        ...(ending === undefined ? [] : [ending]),
      );
    }
  } finally {
    for (const one of leave) one();
  }
  yield successMessage(NAME, connectionStatus('Closed'));
};

/** All subscriptions of a request, or the error of those that cannot be streamed. */
function findAll(
  context: OperationContext,
  ids: readonly string[],
): { readonly streamed: Streamed } | { readonly error: ResponseError; readonly ids: readonly string[] } {
  const streamed = new Map<string, { readonly subscription: Subscription; readonly start: readonly Position[] }>();
  const missing: string[] = [];
  const others: string[] = [];
  for (const id of ids) {
    const subscription = open(context, id);
    const start = subscription === undefined ? undefined : startOf(context, id, subscription);
    if (subscription !== undefined && subscription.kind !== 'streaming') others.push(id);
    else if (subscription === undefined || start === undefined) missing.push(id);
    else streamed.set(id, { subscription, start });
  }
  if (missing.length > 0) return { error: subscriptionNotFound(), ids: [...missing, ...others] };
  if (others.length > 0)
    return {
      error: new ResponseError('ErrorInvalidSubscription', 'The subscription is none that is streamed.'),
      ids: others,
    };
  return { streamed };
}

function open(context: OperationContext, id: string): Subscription | undefined {
  try {
    return context.ended.has(id) ? undefined : openSubscription(context, id);
  } catch (error) {
    if (error instanceof ResponseError) return undefined;
    throw error;
  }
}

/** Where a stream goes on; undefined where nobody knows any more what its client was told. */
function startOf(
  { streams }: OperationContext,
  id: string,
  { start, madeAt }: Subscription,
): readonly Position[] | undefined {
  const known = streams.get(id);
  if (known !== undefined) return known;
  return Date.now() - madeAt <= STREAM_LIFETIME * MINUTE ? start : undefined;
}

/** @returns how each folder's poller is left */
async function join(context: OperationContext, streamed: Streamed, stream: EventStream): Promise<(() => void)[]> {
  const leave: (() => void)[] = [];
  for (const [id, { subscription, start }] of streamed)
    try {
      const folders = await watchedFolders(context, subscription);
      leave.push(...(await joinFeeds(context, { id, events: subscription.events, folders, start }, stream)));
    } catch {
      // Whatever keeps a folder from being watched is found out when the client subscribes again.
      stream.fail(id);
    }
  return leave;
}

function notifications(streamed: Streamed, waiting: readonly WaitingEvents[]): XmlFragment {
  const list = waiting
    .filter(({ subscription }) => streamed.has(subscription))
    .map(({ subscription, events }) => {
      const written = events.map((event) => eventElement(event, undefined));
      return xml`<m:Notification>${element('SubscriptionId', subscription)}${element(
        'MoreEvents',
        false,
      )}${written}</m:Notification>`;
    });
  return successMessage(NAME, xml`<m:Notifications>${list}</m:Notifications>`);
}

function overrun(): GatewayError {
  return new GatewayError('CLIENT_TOO_SLOW', 'The client does not read its notifications: too many wait for it.');
}
