/**
 * Subscriptions. A subscription is nothing but its id, and what has been reported is nothing but its watermark: both
 * are sealed, so that any gateway with the same key can go on with it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/notification-subscriptions-mailbox-events-and-ews-in-exchange
 */
import { randomBytes } from 'node:crypto';
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { descendants } from '../folders/folder-tree.ts';
import type { OperationContext } from '../operation.ts';
import { distinguished, folderTarget, type FolderTarget } from '../targets.ts';
import type { MailboxEvent, Position, WatchedFolder } from './mailbox-events.ts';
import { STREAM_LIFETIME } from './stream-positions.ts';

export interface Subscription {
  readonly kind: 'pull' | 'streaming' | 'push';
  /** Tells it from others that are alike. */
  readonly name: string;
  /** EWS's ids of the folders; undefined for the whole mailbox. */
  readonly folders: readonly string[] | undefined;
  readonly events: readonly MailboxEvent['kind'][];
  /** Minutes after which it ends if nobody asks for its events; of one that is pushed, StatusFrequency. */
  readonly timeout: number;
  /** When it was made, by the gateway's clock, in milliseconds. */
  readonly madeAt: number;
  /** Where it began, for a stream, in the order of its folders; others have it in their first watermark. */
  readonly start: readonly Position[];
}

/** What a watermark holds. */
export interface Watermark {
  /** The subscription's. */
  readonly name: string;
  readonly at: number;
  /** In the order of the subscription's folders. */
  readonly positions: readonly Position[];
}

/** Each of them is polled. */
const MOST_FOLDERS = 20;
/** By the schema: a day. */
const LONGEST_TIMEOUT = 1_440;

/** Moves and copies cannot be told from removals and creations. */
const KINDS: Readonly<Record<string, readonly MailboxEvent['kind'][]>> = {
  NewMailEvent: ['newMail'],
  CreatedEvent: ['created'],
  CopiedEvent: ['created'],
  ModifiedEvent: ['modified'],
  DeletedEvent: ['deleted'],
  MovedEvent: ['created', 'deleted'],
};

/** Well-known folders in which nothing is received. */
const NOT_RECEIVING = ['sentitems', 'drafts', 'outbox', 'deleteditems'] as const;

/**
 * What a Subscribe asks for.
 *
 * @param element the child of Subscribe
 * @throws ResponseError
 */
export async function readSubscription(
  context: OperationContext,
  element: EwsElement,
  kind: Subscription['kind'],
): Promise<Omit<Subscription, 'start'>> {
  const named = children(child(element, 'FolderIds'));
  const isAll = /^(?:true|1)$/.test(element.attributes.get('SubscribeToAllFolders') ?? '');
  if (isAll === named.length > 0)
    throw new ResponseError('ErrorInvalidSubscriptionRequest', 'Either all folders or some must be named.');
  const types = children(child(element, 'EventTypes'), 'EventType').map(({ text }) => text.trim());
  const events = [...new Set(types.flatMap((type) => (Object.hasOwn(KINDS, type) ? (KINDS[type] ?? []) : [])))];
  const targets = await Promise.all(named.map((id) => folderTarget(context, id)));
  if (targets.some(({ isRoot }) => isRoot))
    throw new ResponseError('ErrorInvalidOperation', 'Microsoft Graph does not serve the root folder.');
  let folders: string[] | undefined = targets.map(({ id }) => id);
  // One list has what was received in all folders; changes are tracked for each folder.
  if (isAll) folders = isListed({ events }) ? undefined : await allFolders(context);
  if (folders !== undefined && folders.length > MOST_FOLDERS)
    throw new ResponseError(
      'ErrorInvalidOperation',
      `A subscription over Microsoft Graph can watch ${MOST_FOLDERS} folders, or all of them for new mail; ` +
        `this one would watch ${folders.length}.`,
    );
  const timeout = Number(textAt(element, kind === 'push' ? 'StatusFrequency' : 'Timeout') ?? STREAM_LIFETIME);
  return {
    kind,
    name: randomBytes(9).toString('base64url'),
    folders: folders === undefined ? undefined : [...new Set(folders)],
    events,
    timeout: Number.isInteger(timeout) ? Math.min(Math.max(timeout, 1), LONGEST_TIMEOUT) : STREAM_LIFETIME,
    madeAt: Date.now(),
  };
}

/** Whether a list of what was received is enough. */
export function isListed({ events }: Pick<Subscription, 'events'>): boolean {
  return events.every((kind) => kind === 'newMail' || kind === 'created');
}

/** The subscription of an id. @throws ResponseError ErrorSubscriptionNotFound where it was not sealed for the caller */
export function openSubscription({ states, own }: OperationContext, id: string): Subscription {
  const subscription = states.open<Subscription>('subscription', own.mailbox.address, id);
  if (subscription === undefined) throw subscriptionNotFound();
  return subscription;
}

export function subscriptionNotFound(): ResponseError {
  return new ResponseError('ErrorSubscriptionNotFound', 'The specified subscription was not found. Subscribe again.');
}

/** The folders of a subscription, each looked at once more: what the caller may open can have changed. */
export function watchedFolders(
  context: OperationContext,
  { folders }: Pick<Subscription, 'folders'>,
): Promise<WatchedFolder[]> {
  if (folders === undefined) return Promise.resolve([watchedFolder(context, undefined)]);
  return Promise.all(folders.map(async (id) => watchedFolder(context, await targetOf(context, id))));
}

function targetOf(context: OperationContext, id: string): Promise<FolderTarget> {
  const attributes = new Map([['Id', id]]);
  return folderTarget(context, {
    namespace: '',
    localName: 'FolderId',
    attributes,
    children: [],
    text: '',
    content: undefined,
  });
}

function watchedFolder(context: OperationContext, target: FolderTarget | undefined): WatchedFolder {
  const { calls, mailbox } = target?.scope ?? context.own;
  const others = new Set(NOT_RECEIVING.map((name) => mailbox.folders.get(name)));
  return {
    calls,
    address: mailbox.address,
    id: target?.id,
    segment: target?.segment,
    receives: (folder) => !others.has(folder),
    waitForScan: context.settings.waitForScan,
  };
}

async function allFolders(context: OperationContext): Promise<string[]> {
  const top = distinguished(context.own, 'msgfolderroot');
  const query = { $select: 'id,parentFolderId,childFolderCount' };
  return (await descendants(top, query, false)).map(({ id }) => toEwsAlphabet(id));
}
