/** What can be done with the items of a mailbox. Folders are named by id or well-known name. */
import { attachmentAt, placeAttachments, replaceAttachments, splitAttachmentId } from './attachments.ts';
import { conversationGuid, conversationTopic } from './conversation.ts';
import { MailboxError } from './errors.ts';
import { ExtendedProperties } from './extended-properties.ts';
import { attachmentSize, newMessage, sizeOf, type MessageParts } from './message.ts';
import type { Store } from './store.ts';
import type { Attachment, DeleteMode, Folder, Item, ItemChanges, NewAttachment } from './types.ts';

/** What a new item is besides its content. */
export type ItemState = Pick<
  ItemChanges,
  'receivedAt' | 'createdAt' | 'isRead' | 'isDraft' | 'categories' | 'flag' | 'inferenceClassification' | 'extended'
>;

/** Changes of these make the MIME out of date. */
const CONTENT: ReadonlySet<string> = new Set([
  'bcc',
  'bodyHtml',
  'bodyText',
  'cc',
  'conversationIndex',
  'from',
  'headers',
  'importance',
  'inReplyTo',
  'internetMessageId',
  'isDeliveryReceiptRequested',
  'isReadReceiptRequested',
  'references',
  'replyTo',
  'sender',
  'sensitivity',
  'sentAt',
  'subject',
  'to',
]);

/** @throws MailboxError itemNotFound */
export function requireItem({ items }: Store, id: string): Item {
  const item = items.get(id);
  if (item === undefined) throw new MailboxError('itemNotFound');
  return item;
}

/** @throws MailboxError folderNotFound, quotaExceeded */
export function addItem(
  store: Store,
  parts: MessageParts,
  folderName: string,
  kind: 'newMail' | 'created',
  state: ItemState = {},
): Item {
  const { ids, folders, items, changes } = store;
  const folder = folders.resolve(folderName);
  const message = newMessage(parts);
  const size = sizeOf(message);
  requireSpace(store, size);
  const key = ids.newKey();
  const now = new Date();
  const item: Item = {
    ...message,
    receivedAt: message.sentAt ?? now,
    createdAt: now,
    isRead: false,
    isDraft: false,
    categories: [],
    flag: { status: 'notFlagged' },
    inferenceClassification: 'focused',
    extended: ExtendedProperties.NONE,
    ...state,
    id: ids.item(folder.key, key),
    key,
    folderId: folder.id,
    changeKey: ids.newChangeKey('message'),
    searchKey: ids.newSearchKey(),
    articleNumber: items.nextArticle(folder.id),
    arrivedAt: changes.head + 1,
    conversationId: ids.conversation(conversationGuid(message.conversationIndex)),
    modifiedAt: now,
    modifiedBy: store.owner,
    isUnmodified: true,
    attachments: placeAttachments(ids, { folder: folder.key, message: key }, message.attachments),
    size,
  };
  items.add(item);
  log(store, 'created', item);
  if (kind === 'newMail') log(store, 'newMail', item);
  return item;
}

/**
 * Changes an item.
 *
 * @param changeKey the one the caller has seen; undefined: whatever it is
 * @throws MailboxError itemNotFound, changeKeyConflict
 */
export function updateItem(store: Store, id: string, changes: ItemChanges, changeKey?: string): Item {
  const old = requireItem(store, id);
  if (changeKey !== undefined && changeKey !== old.changeKey) throw new MailboxError('changeKeyConflict');
  const names = Object.keys(changes);
  const isContent = names.some((name) => CONTENT.has(name));
  const readFlagOnly = names.length > 0 && names.every((name) => name === 'isRead');
  const changed: Item = {
    ...old,
    ...(changes.subject === undefined ? {} : { conversationTopic: conversationTopic(changes.subject) }),
    ...(readFlagOnly ? {} : { modifiedAt: new Date(), modifiedBy: store.owner, isUnmodified: false }),
    ...changes,
    changeKey: store.ids.newChangeKey('message'),
    ...(isContent ? { mime: undefined } : {}),
  };
  const item = isContent ? { ...changed, size: sizeOf(changed) } : changed;
  store.items.replace(old, item);
  log(store, readFlagOnly ? 'readFlagChanged' : 'modified', item);
  return item;
}

/** The item gets a new id; search key and ids within attachments' messages stay. */
export function moveItem(store: Store, id: string, folderName: string): Item {
  const old = requireItem(store, id);
  const folder = store.folders.resolve(folderName);
  const item = inFolder(store, old, folder, {});
  store.items.remove(old);
  store.items.add(item);
  log(store, 'moved', item, old);
  return item;
}

/** @throws MailboxError itemNotFound, folderNotFound, quotaExceeded */
export function copyItem(store: Store, id: string, folderName: string): Item {
  const old = requireItem(store, id);
  const folder = store.folders.resolve(folderName);
  requireSpace(store, old.size);
  const item = inFolder(store, old, folder, { createdAt: new Date() });
  store.items.add(item);
  log(store, 'copied', item, old);
  return item;
}

function inFolder(store: Store, old: Item, folder: Folder, changes: ItemChanges): Item {
  const { ids, items, changes: changeLog } = store;
  const key = ids.newKey();
  return {
    ...old,
    ...changes,
    id: ids.item(folder.key, key),
    key,
    folderId: folder.id,
    changeKey: ids.newChangeKey('message'),
    articleNumber: items.nextArticle(folder.id),
    arrivedAt: changeLog.head + 1,
    attachments: replaceAttachments(ids, { folder: folder.key, message: key }, old.attachments),
  };
}

/**
 * Deletes an item. What lies in Deleted Items goes on to Recoverable Items, what lies there is gone.
 *
 * @returns the item where it still is somewhere
 * @throws MailboxError itemNotFound
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteitem-operation
 */
export function deleteItem(store: Store, id: string, mode: DeleteMode): Item | undefined {
  const item = requireItem(store, id);
  const deleted = store.folders.wellKnown('deleteditems');
  const recoverable = store.folders.wellKnown('recoverableitemsdeletions');
  if (mode !== 'hard' && item.folderId !== recoverable?.id) {
    const target = mode === 'moveToDeletedItems' && item.folderId !== deleted?.id ? deleted : recoverable;
    if (target !== undefined) return moveItem(store, item.id, target.id);
  }
  store.items.remove(item);
  log(store, 'deleted', item);
  return undefined;
}

/** @throws MailboxError itemNotFound, changeKeyConflict, quotaExceeded */
export function addAttachments(
  store: Store,
  id: string,
  attachments: readonly NewAttachment[],
  changeKey?: string,
): { readonly item: Item; readonly attachments: readonly Attachment[] } {
  const old = requireItem(store, id);
  if (changeKey !== undefined && changeKey !== old.changeKey) throw new MailboxError('changeKeyConflict');
  requireSpace(
    store,
    attachments.reduce((sum, attachment) => sum + attachmentSize(attachment), 0),
  );
  const folder = store.folders.resolve(old.folderId);
  const added = placeAttachments(store.ids, { folder: folder.key, message: old.key }, attachments);
  return { item: withAttachments(store, old, [...old.attachments, ...added]), attachments: added };
}

/**
 * Removes an attachment of an item; those nested in others cannot be removed.
 *
 * @throws MailboxError attachmentNotFound
 */
export function removeAttachment(store: Store, attachmentId: string): Item {
  const { item, attachment } = requireAttachment(store, attachmentId);
  const left = item.attachments.filter(({ level }) => level !== attachment.level);
  if (left.length === item.attachments.length) throw new MailboxError('attachmentNotFound');
  return withAttachments(store, item, left);
}

/** @throws MailboxError attachmentNotFound */
export function requireAttachment(
  store: Store,
  attachmentId: string,
): { readonly item: Item; readonly attachment: Attachment } {
  const { itemId = '', levels = [] } = splitAttachmentId(store.ids, attachmentId) ?? {};
  const item = store.items.get(itemId);
  const attachment = item === undefined ? undefined : attachmentAt(item, levels);
  if (item === undefined || attachment === undefined) throw new MailboxError('attachmentNotFound');
  return { item, attachment };
}

function withAttachments(store: Store, old: Item, attachments: readonly Attachment[]): Item {
  const changed: Item = {
    ...old,
    attachments,
    mime: undefined,
    changeKey: store.ids.newChangeKey('message'),
    modifiedAt: new Date(),
    modifiedBy: store.owner,
    isUnmodified: false,
  };
  const item = { ...changed, size: sizeOf(changed) };
  store.items.replace(old, item);
  log(store, 'modified', item);
  return item;
}

function requireSpace({ items, quota }: Store, size: number): void {
  if (items.bytes + size > quota) throw new MailboxError('quotaExceeded');
}

function log(
  { changes, items }: Store,
  kind: 'created' | 'newMail' | 'modified' | 'readFlagChanged' | 'moved' | 'copied' | 'deleted',
  { id, folderId, changeKey }: Item,
  old?: Item,
): void {
  changes.append({
    kind,
    what: 'item',
    id,
    folderId,
    changeKey,
    ...(old === undefined ? {} : { old: { id: old.id, folderId: old.folderId } }),
    ...(kind === 'readFlagChanged' ? { unread: items.counts(folderId).unread } : {}),
  });
}
