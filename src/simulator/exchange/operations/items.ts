/**
 * FindItem, GetItem, GetAttachment, UpdateItem, MoveItem, CopyItem, DeleteItem, SyncFolderItems.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange
 */
import type { Element } from '@xmldom/xmldom';
import {
  attachmentElement,
  extendedKey,
  idElement,
  itemElement,
  wantedProperties,
  type WantedProperties,
} from '../item-xml.ts';
import type { Item } from '../../mailbox/mailbox.ts';
import {
  folderOf,
  itemOf,
  listOf,
  page,
  ResponseError,
  responseMessages,
  type Operation,
  type OperationContext,
} from '../operation.ts';
import { ITEM_FIELDS, restriction, sortItems } from '../restriction.ts';
import { changesOfFolder, readSyncState, syncState } from '../sync-state.ts';
import { child, children, textAt, wrap } from '../xml.ts';

export const ID_ONLY: WantedProperties = { shape: 'IdOnly', fields: new Set(), extended: [], includeMime: false };

export const findItem: Operation = (context) => {
  const { request, mailbox } = context;
  const wanted = wantedProperties(child(request, 'ItemShape'));
  return responseMessages('FindItem', listOf(context, 'ParentFolderIds'), (id) => {
    const fits = restriction(child(request, 'Restriction'), ITEM_FIELDS);
    const found = sortItems(mailbox.itemsIn(folderOf(context, id).id).filter(fits), child(request, 'SortOrder'));
    const { items, attributes } = page(child(request, 'IndexedPageItemView'), found);
    return `<m:RootFolder${attributes}>${wrap('Items', items.map((item) => itemElement(item, wanted, false)).join(''))}</m:RootFolder>`;
  });
};

export const getItem: Operation = (context) => {
  const wanted = wantedProperties(child(context.request, 'ItemShape'));
  return responseMessages(
    'GetItem',
    listOf(context, 'ItemIds'),
    (id) => `<m:Items>${itemElement(itemOf(context, id), wanted, true)}</m:Items>`,
  );
};

export const getAttachment: Operation = (context) =>
  responseMessages('GetAttachment', listOf(context, 'AttachmentIds'), (id) => {
    const found = context.mailbox.findAttachment(id.getAttribute('Id') ?? '');
    if (found === undefined)
      throw new ResponseError('ErrorItemNotFound', 'The specified object was not found in the store.');
    return `<m:Attachments>${attachmentElement(found.attachment, true)}</m:Attachments>`;
  });

export const updateItem: Operation = (context) =>
  responseMessages('UpdateItem', listOf(context, 'ItemChanges'), (change) => {
    const item = itemOf(context, child(change, 'ItemId'));
    for (const field of children(child(change, 'Updates'))) applyUpdate(context, item, field);
    return `<m:Items>${itemElement(item, ID_ONLY, true)}</m:Items><m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>`;
  });

function applyUpdate({ mailbox }: OperationContext, item: Item, field: Element): void {
  const [path, message] = children(field);
  if (path?.localName === 'ExtendedFieldURI') {
    const value = textAt(message, 'ExtendedProperty', 'Value');
    if (value === undefined) item.extended.delete(extendedKey(path));
    else item.extended.set(extendedKey(path), value);
    mailbox.update(item, {});
    return;
  }
  const deletes = field.localName === 'DeleteItemField';
  switch (path?.getAttribute('FieldURI')) {
    case 'message:IsRead':
      return mailbox.update(item, { isRead: /^(?:true|1)$/.test(textAt(message, 'IsRead')?.trim() ?? '') });
    case 'item:Subject':
      return mailbox.update(item, { subject: deletes ? '' : (textAt(message, 'Subject') ?? '') });
    case 'item:Categories':
      return mailbox.update(item, {
        categories: deletes ? [] : children(child(message, 'Categories')).map((name) => name.textContent ?? ''),
      });
    case 'item:Importance':
      return mailbox.update(item, { importance: deletes ? 'Normal' : (textAt(message, 'Importance') ?? 'Normal') });
    default:
      throw new ResponseError('ErrorInvalidPropertySet', 'Set action is invalid for property.');
  }
}

export const moveItem: Operation = (context) =>
  responseMessages('MoveItem', listOf(context, 'ItemIds'), (id) => {
    const moved = context.mailbox.move(itemOf(context, id), targetFolder(context).id);
    return `<m:Items>${itemElement(moved, ID_ONLY, true)}</m:Items>`;
  });

export const copyItem: Operation = (context) =>
  responseMessages('CopyItem', listOf(context, 'ItemIds'), (id) => {
    const copied = context.mailbox.copy(itemOf(context, id), targetFolder(context).id);
    return `<m:Items>${itemElement(copied, ID_ONLY, true)}</m:Items>`;
  });

function targetFolder(context: OperationContext): ReturnType<typeof folderOf> {
  return folderOf(context, children(child(context.request, 'ToFolderId'))[0]);
}

export const deleteItem: Operation = (context) =>
  responseMessages('DeleteItem', listOf(context, 'ItemIds'), (id) => {
    const { mailbox, request } = context;
    const item = itemOf(context, id);
    const folder = { MoveToDeletedItems: 'deleteditems', SoftDelete: 'recoverableitemsdeletions' }[
      request.getAttribute('DeleteType') ?? ''
    ];
    if (folder === undefined) mailbox.remove(item);
    else mailbox.move(item, mailbox.distinguished(folder)?.id ?? '');
    return '';
  });

export const syncFolderItems: Operation = (context) => {
  const { request, mailbox } = context;
  const wanted = wantedProperties(child(request, 'ItemShape'));
  return responseMessages('SyncFolderItems', [request], () => {
    const folder = folderOf(context, children(child(request, 'SyncFolderId'))[0]);
    const all = changesOfFolder(mailbox, folder.id, readSyncState(textAt(request, 'SyncState')) ?? 0);
    const taken = all.slice(0, Number(textAt(request, 'MaxChangesReturned') ?? 512));
    const complete = taken.length === all.length;
    const changes = taken.map(({ kind, item, id }) =>
      wrap(kind, item === undefined ? idElement('ItemId', { id, revision: 1 }) : itemElement(item, wanted, false)),
    );
    const state = syncState(mailbox, complete ? undefined : taken.at(-1)?.number);
    return `<m:SyncState>${state}</m:SyncState><m:IncludesLastItemInRange>${complete}</m:IncludesLastItemInRange><m:Changes>${changes.join('')}</m:Changes>`;
  });
};
