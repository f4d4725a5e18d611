/**
 * Subscribe, for events that are pulled, streamed, or pushed to the client's own address. A gateway that made calls to
 * any address which clients name would open the network it stands in: only what graph.pushTo names is called.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscribe-operation
 */
import { children, textAt } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { startOfChanges, startOfList, type Position } from '../notifications/mailbox-events.ts';
import { joinFeeds } from '../notifications/feed-members.ts';
import type { PushRequest } from '../notifications/push.ts';
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

const KINDS: Readonly<Record<string, Subscription['kind']>> = {
  PullSubscriptionRequest: 'pull',
  StreamingSubscriptionRequest: 'streaming',
  PushSubscriptionRequest: 'push',
};

export const subscribe: Operation = async function* (context) {
  const admitted = new Set<string>();
  const pushes: PushRequest[] = [];
  try {
    yield* messages('Subscribe', children(context.request), 'folder', async (element) => {
      const kind = KINDS[element.localName] ?? 'pull';
      const url = kind === 'push' ? receiverOf(context, textAt(element, 'URL') ?? '') : undefined;
      const { states, own } = context;
      const read = await readSubscription(context, element, kind);
      if (url !== undefined) {
        context.pushes.admit(read.name, context.caller);
        admitted.add(read.name);
      }
      if (!isListed(read) && !context.capabilities.delta) throw noChangeTracking();
      const start = await startOf(context, read, textAt(element, 'Watermark'));
      const { address } = own.mailbox;
      const subscription: Subscription = { ...read, start: kind === 'streaming' ? start : [] };
      const id = states.seal('subscription', address, subscription);
      const written = xml`<m:SubscriptionId>${id}</m:SubscriptionId>`;
      if (kind === 'streaming') return written;
      const watermark = watermarkOf(context, read.name, start);
      if (url !== undefined) pushes.push(await pushOf(context, { id, url, subscription, start, watermark }));
      return xml`${written}<m:Watermark>${watermark}</m:Watermark>`;
    });
    // Not before the client has its id.
    for (const push of pushes) {
      admitted.delete(push.name);
      context.pushes.start(push);
    }
  } finally {
    for (const name of admitted) context.pushes.end(name);
  }
};

/** The client's address. @throws ResponseError where it may not be called */
function receiverOf({ settings, outlive }: OperationContext, text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ResponseError('ErrorInvalidPushSubscriptionUrl', 'The URL of the subscription is not valid.');
  if (!settings.pushTo.includes(url.origin) || url.username !== '' || url.password !== '' || outlive === undefined)
    throw new ResponseError(
      'ErrorInvalidPushSubscriptionUrl',
      `Notifications may not be pushed to ${url.origin}: graph.pushTo of the gateway's registration names the hosts ` +
        'to which they may. Others can be streamed or pulled.',
    );
  return url;
}

interface Pushed {
  readonly id: string;
  readonly url: URL;
  readonly subscription: Subscription;
  readonly start: readonly Position[];
  readonly watermark: string;
}

async function pushOf(
  context: OperationContext,
  { id, url, subscription, start, watermark }: Pushed,
): Promise<PushRequest> {
  const { caller, own, version = 'Exchange2013', pollingCalls, outlive, ended } = context;
  const { name, timeout, events } = subscription;
  const watched = await watchedFolders(context, subscription);
  return {
    id,
    name,
    caller,
    mailbox: own.mailbox.address,
    url,
    statusFrequency: timeout,
    version,
    start,
    watermark,
    grant: outlive?.('PushSubscription') ?? { signal: AbortSignal.abort(), end: () => undefined },
    // The request's own calls end with it.
    join: (stream, signal) => {
      const folders = watched.map((folder) => ({ ...folder, calls: pollingCalls(folder.address, signal) }));
      return joinFeeds(context, { id, events, folders, start }, stream);
    },
    watermarkOf: (positions) => watermarkOf(context, name, positions),
    onOver: () => ended.end(id),
  };
}

function watermarkOf({ states, own }: OperationContext, name: string, positions: readonly Position[]): string {
  const watermark: Watermark = { name, at: Date.now(), positions };
  return states.seal('watermark', own.mailbox.address, watermark);
}

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
