/**
 * Notification subscriptions. They belong to the app that made them, not to a mailbox or caller.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/notification-subscriptions-mailbox-events-and-ews-in-exchange
 */
import { randomBytes } from 'node:crypto';
import { ResponseError } from '../../ews/response-messages.ts';
import { dateTime, element, xml, type XmlFragment } from '../../ews/xml.ts';
import type { Change, ChangeKind } from '../mailbox/change-log.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';

export type SubscriptionKind = 'pull' | 'streaming' | 'push';

export interface Subscription {
  readonly id: string;
  readonly appId: string;
  readonly mailbox: Mailbox;
  readonly kind: SubscriptionKind;
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

  add(subscription: Omit<Subscription, 'id'>): Subscription {
    const added: Subscription = { ...subscription, id: `JwBi${randomBytes(45).toString('base64')}` };
    this.#byId.set(added.id, added);
    return added;
  }

  /** @throws ResponseError ErrorSubscriptionNotFound, also where the subscription is another app's */
  get(id: string, appId: string): Subscription {
    const subscription = this.#byId.get(id);
    if (subscription === undefined || subscription.appId !== appId)
      throw new ResponseError('ErrorSubscriptionNotFound', 'The specified subscription was not found.');
    return subscription;
  }

  /** @returns undefined where there is none of this app */
  find(id: string, appId: string): Subscription | undefined {
    const subscription = this.#byId.get(id);
    return subscription?.appId === appId ? subscription : undefined;
  }

  remove(id: string, appId: string): void {
    this.get(id, appId);
    this.#byId.delete(id);
  }
}

export function watermark(number: number): string {
  return Buffer.from(`watermark ${number}`).toString('base64');
}

/** @throws ResponseError ErrorInvalidWatermark */
export function watermarkNumber(text: string): number {
  const match = /^watermark (\d+)$/.exec(Buffer.from(text, 'base64').toString());
  if (match === null) throw invalidWatermark();
  return Number(match[1]);
}

function invalidWatermark(): ResponseError {
  return new ResponseError('ErrorInvalidWatermark', 'The watermark used for creating this subscription was not found.');
}

/** Events since the subscription was last read, as elements; a streaming subscription's have no watermark. */
export function newEvents(subscription: Subscription, since = subscription.seen): XmlFragment[] {
  const { mailbox, kind } = subscription;
  const all = mailbox.changes.since(since);
  if (all === undefined && kind === 'pull') throw invalidWatermark();
  const fresh = (all ?? []).filter((change) => isWanted(subscription, change));
  subscription.seen = mailbox.changes.head;
  return fresh.map((change) => eventOf(change, kind !== 'streaming'));
}

function oldIds(isFolder: boolean, { id, folderId }: NonNullable<Change['old']>): readonly XmlFragment[] {
  const oldId = isFolder ? xml`<t:OldFolderId Id="${id}"/>` : xml`<t:OldItemId Id="${id}"/>`;
  return [oldId, xml`<t:OldParentFolderId Id="${folderId}"/>`];
}

function eventOf(change: Change, hasWatermark: boolean): XmlFragment {
  const { kind, what, id, folderId, old, changeKey, unread, at, position } = change;
  const isFolder = what === 'folder';
  const name = EVENT_NAMES[kind];
  // Only ModifiedEvent of a folder has it (types.xsd, ModifiedEventType; clients fail on it beside an item).
  const count =
    name === 'ModifiedEvent' && isFolder && unread !== undefined ? element('UnreadCount', unread) : undefined;
  return element(name, [
    hasWatermark ? element('Watermark', watermark(position)) : undefined,
    element('TimeStamp', dateTime(at)),
    isFolder
      ? xml`<t:FolderId Id="${id}" ChangeKey="${changeKey}"/>`
      : xml`<t:ItemId Id="${id}" ChangeKey="${changeKey}"/>`,
    xml`<t:ParentFolderId Id="${folderId}"/>`,
    old === undefined ? undefined : oldIds(isFolder, old),
    count,
  ]);
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
