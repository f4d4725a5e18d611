/**
 * FindItem, GetItem, GetAttachment, UpdateItem, MoveItem, CopyItem, DeleteItem, SyncFolderItems.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange
 */
import type { Element } from '@xmldom/xmldom';
import {
  attachmentElement,
  idElement,
  itemElement,
  propertyPath,
  wantedProperties,
  type WantedProperties,
} from '../item-xml.ts';
import type { Importance, Item } from '../../mailbox/types.ts';
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
    const found = sortItems(mailbox.items.list(folderOf(context, id).id).filter(fits), child(request, 'SortOrder'));
    const { items, attributes } = page(child(request, 'IndexedPageItemView'), found);
    return `<m:RootFolder${attributes}>${wrap('Items', items.map((item) => itemElement(item, wanted, false)).join(''))}</m:RootFolder>`;
  });
};

export const getItem: Operation = (context) => {
  const wanted = wantedProperties(child(context.request, 'ItemShape'));
  return responseMessages('GetItem', listOf(context, 'ItemIds'), async (id) => {
    const item = itemOf(context, id);
    const asksMime = wanted.includeMime || wanted.fields.has('item:MimeContent');
    const mime = asksMime ? await context.mailbox.mimeOf(item.id) : item.mime;
    return `<m:Items>${itemElement({ ...item, mime }, wanted, true)}</m:Items>`;
  });
};

export const getAttachment: Operation = (context) =>
  responseMessages('GetAttachment', listOf(context, 'AttachmentIds'), (id) => {
    const { attachment } = context.mailbox.attachment(id.getAttribute('Id') ?? '');
    return `<m:Attachments>${attachmentElement(attachment, true)}</m:Attachments>`;
  });

export const updateItem: Operation = (context) =>
  responseMessages('UpdateItem', listOf(context, 'ItemChanges'), (change) => {
    const item = itemOf(context, child(change, 'ItemId'));
    let changed = item;
    for (const field of children(child(change, 'Updates'))) changed = applyUpdate(context, changed, field);
    return `<m:Items>${itemElement(changed, ID_ONLY, true)}</m:Items><m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>`;
  });

function applyUpdate({ mailbox }: OperationContext, item: Item, field: Element): Item {
  const [path, message] = children(field);
  if (path?.localName === 'ExtendedFieldURI') {
    const value = textAt(message, 'ExtendedProperty', 'Value');
    const property = propertyPath(path);
    const extended =
      value === undefined ? item.extended.without(property) : item.extended.with({ path: property, value });
    return mailbox.update(item.id, { extended });
  }
  const deletes = field.localName === 'DeleteItemField';
  switch (path?.getAttribute('FieldURI')) {
    case 'message:IsRead':
      return mailbox.update(item.id, { isRead: /^(?:true|1)$/.test(textAt(message, 'IsRead')?.trim() ?? '') });
    case 'item:Subject':
      return mailbox.update(item.id, { subject: deletes ? '' : (textAt(message, 'Subject') ?? '') });
    case 'item:Categories':
      return mailbox.update(item.id, {
        categories: deletes ? [] : children(child(message, 'Categories')).map((name) => name.textContent ?? ''),
      });
    case 'item:Importance':
      return mailbox.update(item.id, {
        importance: deletes ? 'normal' : ((textAt(message, 'Importance') ?? 'Normal').toLowerCase() as Importance),
      });
    default:
      throw new ResponseError('ErrorInvalidPropertySet', 'Set action is invalid for property.');
  }
}

export const moveItem: Operation = (context) =>
  responseMessages('MoveItem', listOf(context, 'ItemIds'), (id) => {
    const moved = context.mailbox.move(itemOf(context, id).id, targetFolder(context).id);
    return `<m:Items>${itemElement(moved, ID_ONLY, true)}</m:Items>`;
  });

export const copyItem: Operation = (context) =>
  responseMessages('CopyItem', listOf(context, 'ItemIds'), (id) => {
    const copied = context.mailbox.copy(itemOf(context, id).id, targetFolder(context).id);
    return `<m:Items>${itemElement(copied, ID_ONLY, true)}</m:Items>`;
  });

function targetFolder(context: OperationContext): ReturnType<typeof folderOf> {
  return folderOf(context, children(child(context.request, 'ToFolderId'))[0]);
}

export const deleteItem: Operation = (context) =>
  responseMessages('DeleteItem', listOf(context, 'ItemIds'), (id) => {
    const { mailbox, request } = context;
    const item = itemOf(context, id);
    const modes = { MoveToDeletedItems: 'moveToDeletedItems', SoftDelete: 'soft', HardDelete: 'hard' } as const;
    mailbox.delete(item.id, modes[(request.getAttribute('DeleteType') ?? 'HardDelete') as keyof typeof modes]);
    return '';
  });

export const syncFolderItems: Operation = (context) => {
  const { request, mailbox } = context;
  const wanted = wantedProperties(child(request, 'ItemShape'));
  return responseMessages('SyncFolderItems', [request], () => {
    const folder = folderOf(context, children(child(request, 'SyncFolderId'))[0]);
    const since = readSyncState(mailbox, textAt(request, 'SyncState'));
    const all = changesOfFolder(mailbox, folder.id, since);
    const taken = all.slice(0, Number(textAt(request, 'MaxChangesReturned') ?? 512));
    const complete = taken.length === all.length;
    const changes = taken.map(({ kind, item, id }) =>
      wrap(kind, item === undefined ? idElement('ItemId', { id }) : itemElement(item, wanted, false)),
    );
    // A first synchronisation ends where it began: what happened meanwhile comes with the next.
    const known = since?.arrived === undefined ? mailbox.changes.head : since.seen;
    const state = syncState(mailbox, complete ? { seen: known } : (taken.at(-1)?.after ?? since));
    return `<m:SyncState>${state}</m:SyncState><m:IncludesLastItemInRange>${complete}</m:IncludesLastItemInRange><m:Changes>${changes.join('')}</m:Changes>`;
  });
};
