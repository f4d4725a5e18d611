/**
 * Notification subscriptions. They belong to the app that made them, not to a mailbox or caller.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/notification-subscriptions-mailbox-events-and-ews-in-exchange
 */
import { randomBytes } from 'node:crypto';
import { idElement } from './item-xml.ts';
import type { Change, ChangeKind } from '../mailbox/change-log.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { ResponseError } from './operation.ts';
import { dateTime, tag, wrap } from './xml.ts';

export interface Subscription {
  readonly id: string;
  readonly appId: string;
  readonly mailbox: Mailbox;
  readonly kind: 'pull' | 'streaming';
  /** Undefined: all folders. */
  readonly folderIds: ReadonlySet<string> | undefined;
  readonly eventTypes: ReadonlySet<string>;
  /** Number of the last change that was reported. */
  seen: number;
}

const EVENT_NAMES: Readonly<Record<ChangeKind, string>> = {
  created: 'CreatedEvent',
  modified: 'ModifiedEvent',
  readFlagChanged: 'ModifiedEvent',
  deleted: 'DeletedEvent',
  moved: 'MovedEvent',
  copied: 'CopiedEvent',
  newMail: 'NewMailEvent',
};

export class Subscriptions {
  readonly #byId = new Map<string, Subscription>();

  add(subscription: Omit<Subscription, 'id' | 'seen'>): Subscription {
    const added: Subscription = {
      ...subscription,
      id: `JwBi${randomBytes(45).toString('base64')}`,
      seen: subscription.mailbox.changes.head,
    };
    this.#byId.set(added.id, added);
    return added;
  }

  /** @throws ResponseError ErrorSubscriptionNotFound, also where the subscription is another app's */
  get(id: string, appId: string): Subscription {
    const subscription = this.#byId.get(id);
    if (subscription === undefined || subscription.appId !== appId) {
      throw new ResponseError('ErrorSubscriptionNotFound', 'The specified subscription was not found.');
    }
    return subscription;
  }

  remove(id: string, appId: string): void {
    this.get(id, appId);
    this.#byId.delete(id);
  }
}

export function watermark(number: number): string {
  return Buffer.from(`watermark ${number}`).toString('base64');
}

export function watermarkNumber(text: string): number {
  const number = Number(Buffer.from(text, 'base64').toString().replace('watermark ', ''));
  if (!Number.isInteger(number))
    throw new ResponseError(
      'ErrorInvalidWatermark',
      'The watermark used for creating this subscription was not found.',
    );
  return number;
}

/** Events since the subscription was last read, as elements; a streaming subscription's have no watermark. */
export function newEvents(subscription: Subscription, since = subscription.seen): string[] {
  const { mailbox, kind } = subscription;
  const all = mailbox.changes.since(since);
  if (all === undefined && kind === 'pull')
    throw new ResponseError(
      'ErrorInvalidWatermark',
      'The watermark used for creating this subscription was not found.',
    );
  const fresh = (all ?? []).filter((change) => isWanted(subscription, change));
  subscription.seen = mailbox.changes.head;
  return fresh.map((change) => {
    const mark = kind === 'pull' ? tag('Watermark', watermark(change.position)) : '';
    const id = (element: 'ItemId' | 'FolderId', value: string): string =>
      idElement(element, { id: value, changeKey: change.changeKey });
    const isFolder = change.what === 'folder';
    const old =
      change.old === undefined
        ? ''
        : idElement(isFolder ? 'OldFolderId' : 'OldItemId', { id: change.old.id }) +
          idElement('OldParentFolderId', { id: change.old.folderId });
    return wrap(
      EVENT_NAMES[change.kind],
      mark +
        tag('TimeStamp', dateTime(change.at)) +
        id(isFolder ? 'FolderId' : 'ItemId', change.id) +
        idElement('ParentFolderId', { id: change.folderId }) +
        old,
    );
  });
}

/**
 * Whether an event concerns the subscription; a move concerns the folder it leaves as well.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/pull-notifications-for-ews-deletion-related-mailbox-events-in-exchange
 */
function isWanted({ folderIds, eventTypes }: Subscription, { kind, folderId, old }: Change): boolean {
  if (!eventTypes.has(EVENT_NAMES[kind])) return false;
  return (
    folderIds === undefined ||
    folderIds.has(folderId) ||
    (kind === 'moved' && old !== undefined && folderIds.has(old.folderId))
  );
}
