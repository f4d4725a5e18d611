/** Items and folders as EWS elements, in the order types.xsd prescribes. */
import type { Element } from '@xmldom/xmldom';
import type { PropertyPath, PropertyType } from '../mailbox/extended-properties.ts';
import { PROPERTY_SETS } from '../mailbox/extended-properties.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { bodyOf, hasAttachments, type Attachment, type Folder, type Item, type Recipient } from '../mailbox/types.ts';
import { attribute, child, children, dateTime, tag, textAt, wrap } from './xml.ts';

type Shape = 'IdOnly' | 'Default' | 'AllProperties';

/** What a request wants to see of an item or folder. */
export interface WantedProperties {
  readonly shape: Shape;
  readonly fields: ReadonlySet<string>;
  readonly extended: readonly Element[];
  readonly includeMime: boolean;
}

interface Property {
  /** FieldURI, for example message:IsRead. */
  readonly field: string;
  /** The smallest base shape that has it; undefined: only on demand. */
  readonly shape: Shape | undefined;
  readonly render: (item: Item) => string;
}

const p = (field: string, shape: Shape | undefined, render: (item: Item) => string): Property => ({
  field,
  shape,
  render,
});

const ITEM_PROPERTIES: readonly Property[] = [
  p('item:MimeContent', undefined, (item) =>
    wrap('MimeContent', (item.mime ?? Buffer.of()).toString('base64'), attribute('CharacterSet', 'UTF-8')),
  ),
  p('item:ItemId', 'IdOnly', (item) => idElement('ItemId', item)),
  p('item:ParentFolderId', 'AllProperties', (item) => `<t:ParentFolderId${attribute('Id', item.folderId)}/>`),
  p('item:ItemClass', 'AllProperties', (item) => tag('ItemClass', item.itemClass)),
  p('item:Subject', 'Default', (item) => tag('Subject', item.subject)),
  p('item:Sensitivity', 'Default', (item) => tag('Sensitivity', capitalized(item.sensitivity))),
  p('item:Body', 'Default', (item) =>
    tag('Body', bodyOf(item).content).replace(
      '<t:Body>',
      `<t:Body${attribute('BodyType', bodyOf(item).type === 'html' ? 'HTML' : 'Text')}>`,
    ),
  ),
  p('item:Attachments', 'Default', (item) =>
    item.attachments.length === 0
      ? ''
      : wrap('Attachments', item.attachments.map((a) => attachmentElement(a, false)).join('')),
  ),
  p('item:DateTimeReceived', 'AllProperties', (item) => tag('DateTimeReceived', dateTime(item.receivedAt))),
  p('item:Size', 'Default', (item) => tag('Size', item.size)),
  p('item:Categories', 'AllProperties', (item) =>
    item.categories.length === 0 ? '' : wrap('Categories', item.categories.map((name) => tag('String', name)).join('')),
  ),
  p('item:Importance', 'AllProperties', (item) => tag('Importance', capitalized(item.importance))),
  p('item:InReplyTo', 'AllProperties', (item) => tag('InReplyTo', item.inReplyTo)),
  p('item:IsSubmitted', 'AllProperties', () => tag('IsSubmitted', false)),
  p('item:IsDraft', 'AllProperties', (item) => tag('IsDraft', item.isDraft)),
  p('item:IsFromMe', 'AllProperties', () => tag('IsFromMe', false)),
  p('item:IsResend', 'AllProperties', () => tag('IsResend', false)),
  p('item:IsUnmodified', 'AllProperties', (item) => tag('IsUnmodified', item.isUnmodified)),
  p('item:InternetMessageHeaders', 'AllProperties', headersElement),
  p('item:DateTimeSent', 'AllProperties', (item) => tag('DateTimeSent', dateTime(item.sentAt ?? item.createdAt))),
  p('item:DateTimeCreated', 'AllProperties', (item) => tag('DateTimeCreated', dateTime(item.createdAt))),
  p('item:DisplayCc', 'AllProperties', (item) => tag('DisplayCc', names(item.cc))),
  p('item:DisplayTo', 'AllProperties', (item) => tag('DisplayTo', names(item.to))),
  p('item:HasAttachments', 'Default', (item) => tag('HasAttachments', hasAttachments(item))),
  p('(extended)', undefined, () => ''),
  p('item:LastModifiedTime', 'AllProperties', (item) => tag('LastModifiedTime', dateTime(item.modifiedAt))),
  p('message:Sender', 'AllProperties', (item) => recipient('Sender', item.sender ?? item.from)),
  p('message:ToRecipients', 'Default', (item) => recipients('ToRecipients', item.to)),
  p('message:CcRecipients', 'Default', (item) => recipients('CcRecipients', item.cc)),
  p('message:BccRecipients', 'Default', (item) => recipients('BccRecipients', item.bcc)),
  p('message:IsReadReceiptRequested', 'Default', (item) => tag('IsReadReceiptRequested', item.isReadReceiptRequested)),
  p('message:IsDeliveryReceiptRequested', 'AllProperties', (item) =>
    tag('IsDeliveryReceiptRequested', item.isDeliveryReceiptRequested),
  ),
  p('message:ConversationTopic', 'AllProperties', (item) => tag('ConversationTopic', item.conversationTopic)),
  p('message:From', 'Default', (item) => recipient('From', item.from)),
  p('message:InternetMessageId', 'AllProperties', (item) => tag('InternetMessageId', item.internetMessageId)),
  p('message:IsRead', 'Default', (item) => tag('IsRead', item.isRead)),
  p('message:IsResponseRequested', 'AllProperties', () => tag('IsResponseRequested', false)),
  p('message:References', 'AllProperties', (item) => tag('References', item.references)),
  p('message:ReplyTo', 'AllProperties', (item) => recipients('ReplyTo', item.replyTo)),
];

const SHAPES: readonly Shape[] = ['IdOnly', 'Default', 'AllProperties'];

export function wantedProperties(shapeElement: Element | undefined): WantedProperties {
  const additional = child(shapeElement, 'AdditionalProperties');
  return {
    shape: (textAt(shapeElement, 'BaseShape') as Shape | undefined) ?? 'Default',
    fields: new Set(children(additional, 'FieldURI').map((element) => element.getAttribute('FieldURI') ?? '')),
    extended: children(additional, 'ExtendedFieldURI'),
    includeMime: textAt(shapeElement, 'IncludeMimeContent')?.trim() === 'true',
  };
}

/** @param bodies whether bodies, attachments and MIME may be shown (GetItem) or not (FindItem, SyncFolderItems) */
export function itemElement(item: Item, wanted: WantedProperties, bodies: boolean): string {
  const level = SHAPES.indexOf(wanted.shape);
  const content = ITEM_PROPERTIES.map(({ field, shape, render }) => {
    if (field === '(extended)') return extendedProperties(item, wanted.extended);
    const inShape = shape !== undefined && SHAPES.indexOf(shape) <= level;
    const asked = wanted.fields.has(field) || (field === 'item:MimeContent' && wanted.includeMime);
    if (!inShape && !asked) return '';
    if (!bodies && NOT_IN_LISTS.has(field)) return '';
    return render(item);
  });
  return wrap('Message', content.join(''));
}

/** FindItem and SyncFolderItems never give these, whatever is asked. */
const NOT_IN_LISTS: ReadonlySet<string> = new Set([
  'item:MimeContent',
  'item:Body',
  'item:Attachments',
  'item:InternetMessageHeaders',
  'message:ToRecipients',
  'message:CcRecipients',
  'message:BccRecipients',
  'message:ReplyTo',
]);

export function idElement(
  name: 'ItemId' | 'FolderId' | 'OldItemId' | 'OldFolderId' | 'ParentFolderId' | 'OldParentFolderId',
  entry: { readonly id: string; readonly changeKey?: string },
): string {
  const changeKey = entry.changeKey === undefined ? '' : attribute('ChangeKey', entry.changeKey);
  return `<t:${name}${attribute('Id', entry.id)}${changeKey}/>`;
}

function mimeOf(attachment: Attachment): Buffer | undefined {
  return attachment.kind === 'item' ? attachment.item.mime : undefined;
}

export function attachmentElement(attachment: Attachment, withContent: boolean): string {
  // Links and attached items are of other elements; the latter stand here as the files they would be in MIME.
  const content = (attachment.kind === 'file' ? attachment.content : mimeOf(attachment)) ?? Buffer.of();
  return wrap(
    'FileAttachment',
    `<t:AttachmentId${attribute('Id', attachment.id)}/>` +
      tag('Name', attachment.name) +
      tag('ContentType', attachment.contentType) +
      tag('ContentId', attachment.contentId) +
      (withContent ? '' : tag('Size', attachment.size)) +
      tag('IsInline', attachment.isInline) +
      (withContent ? tag('Content', content.toString('base64')) : ''),
  );
}

const FOLDER_ELEMENTS: Readonly<Record<string, string>> = {
  'IPF.Appointment': 'CalendarFolder',
  'IPF.Contact': 'ContactsFolder',
  'IPF.Task': 'TasksFolder',
};

export function folderElement(mailbox: Mailbox, folder: Folder, wanted: WantedProperties): string {
  const level = SHAPES.indexOf(wanted.shape);
  const counts = mailbox.counts(folder.id);
  const name = FOLDER_ELEMENTS[folder.folderClass] ?? 'Folder';
  const show = (field: string, minimum: Shape, text: string): string =>
    SHAPES.indexOf(minimum) <= level || wanted.fields.has(field) ? text : '';
  const content = [
    idElement('FolderId', folder),
    show(
      'folder:ParentFolderId',
      'AllProperties',
      folder.parentId === undefined ? '' : `<t:ParentFolderId${attribute('Id', folder.parentId)}/>`,
    ),
    show('folder:FolderClass', 'AllProperties', tag('FolderClass', folder.folderClass)),
    show('folder:DisplayName', 'Default', tag('DisplayName', folder.displayName)),
    show('folder:TotalCount', 'Default', tag('TotalCount', counts.total)),
    show('folder:ChildFolderCount', 'Default', tag('ChildFolderCount', counts.childFolders)),
    name === 'Folder' ? show('folder:UnreadCount', 'Default', tag('UnreadCount', counts.unread)) : '',
  ];
  return wrap(name, content.join(''));
}

function headersElement(item: Item): string {
  const headers = item.headers.map(({ name, value }) =>
    tag('InternetMessageHeader', value).replace(
      '<t:InternetMessageHeader>',
      `<t:InternetMessageHeader${attribute('HeaderName', name)}>`,
    ),
  );
  return headers.length === 0 ? '' : wrap('InternetMessageHeaders', headers.join(''));
}

/** The property that an ExtendedFieldURI names. */
export function propertyPath(uri: Element): PropertyPath {
  const type = (uri.getAttribute('PropertyType') ?? 'String') as PropertyType;
  const tagText = uri.getAttribute('PropertyTag') ?? '';
  if (tagText !== '') return { type, tag: Number(tagText) };
  const named = uri.getAttribute('DistinguishedPropertySetId') ?? '';
  const set = PROPERTY_SETS[named] ?? uri.getAttribute('PropertySetId') ?? '';
  const id = uri.getAttribute('PropertyId') ?? '';
  return id === '' ? { type, set, name: uri.getAttribute('PropertyName') ?? '' } : { type, set, id: Number(id) };
}

/** MAPI properties that mirror what the item has anyway, by their tag (MS-OXPROPS). */
const MAPI: Readonly<Record<number, (item: Item) => string>> = {
  0x0e06: (item) => dateTime(item.receivedAt),
  0x0e07: (item) => String((item.isRead ? 1 : 0) | (item.isDraft ? 8 : 0)),
  0x0e08: (item) => String(item.size),
  0x0e23: (item) => String(item.articleNumber),
  0x0ff9: (item) => Buffer.from(item.id).toString('base64'),
  0x1035: (item) => item.internetMessageId ?? '',
  0x3008: (item) => dateTime(item.modifiedAt),
  0x300b: (item) => Buffer.from(item.searchKey, 'hex').toString('base64'),
};

/** An extended property's value, undefined where the item does not have it. */
export function extendedValue(item: Item, uri: Element): string | undefined {
  const value = item.extended.get(propertyPath(uri));
  if (value !== undefined) return typeof value === 'string' ? value : value.join(' ');
  return MAPI[Number(uri.getAttribute('PropertyTag') ?? Number.NaN)]?.(item);
}

function extendedProperties(item: Item, wanted: readonly Element[]): string {
  return wanted
    .map((uri) => {
      const value = extendedValue(item, uri);
      if (value === undefined || value === '') return '';
      const attributes = [
        'DistinguishedPropertySetId',
        'PropertySetId',
        'PropertyTag',
        'PropertyName',
        'PropertyId',
        'PropertyType',
      ]
        .flatMap((name) => (uri.hasAttribute(name) ? [attribute(name, uri.getAttribute(name) ?? '')] : []))
        .join('');
      return wrap('ExtendedProperty', `<t:ExtendedFieldURI${attributes}/>${tag('Value', value)}`);
    })
    .join('');
}

function names(addresses: readonly Recipient[]): string {
  return addresses.map(({ name, address }) => (name === '' ? address : name)).join('; ');
}

export function mailboxElement({ name, address }: Recipient): string {
  return wrap(
    'Mailbox',
    tag('Name', name === '' ? address : name) + tag('EmailAddress', address) + tag('RoutingType', 'SMTP'),
  );
}

function recipient(name: string, address: Recipient | undefined): string {
  return address === undefined ? '' : wrap(name, mailboxElement(address));
}

function recipients(name: string, addresses: readonly Recipient[]): string {
  return addresses.length === 0 ? '' : wrap(name, addresses.map(mailboxElement).join(''));
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
