/** Items, attachments and folders as the elements of an answer. */
import { attachmentPieces } from '../../ews/attachment-writer.ts';
import type { ExtendedField } from '../../ews/extended-field.ts';
import { writeFolder } from '../../ews/folder-writer.ts';
import { writeItem } from '../../ews/item-writer.ts';
import { folderElementName, itemElementName, type FolderUri, type ItemUri } from '../../ews/properties/elements.ts';
import type { PropertyValue } from '../../ews/properties/values.ts';
import type { SchemaVersion } from '../../ews/properties/versions.ts';
import {
  wantedFolderProperties,
  wantedItemProperties,
  type WantedFolderProperties,
  type WantedItemProperties,
} from '../../ews/properties/wanted.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { formOf, isBodyUri, shortBody } from '../../ews/body-forms.ts';
import { folderShape, itemShape, type ItemShape } from '../../ews/shape.ts';
import { trustedMarkup, xml, type XmlFragment } from '../../ews/xml.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { writeMime } from '../mailbox/mime-writer.ts';
import type { Attachment, Folder, Item, MessageContent } from '../mailbox/types.ts';
import { child } from '../../ews/element.ts';
import { extendedOfItem, pathOf } from './extended.ts';
import { sanitized } from '../mailbox/bodies.ts';
import { attachmentValue, bodyAs, contentValue, itemValue } from './item-values.ts';
import type { OperationContext } from './operation.ts';

/** How a request wants to see items. */
export interface ItemView {
  readonly shape: ItemShape;
  readonly wanted: WantedItemProperties;
}

/** @throws ResponseError */
export function itemView({ request, version }: OperationContext, inList: boolean, name = 'ItemShape'): ItemView {
  const element = child(request, name);
  const shape = itemShape(element);
  // An AttachmentShape has no base shape, and means all properties.
  const whole = name === 'ItemShape' ? shape : { ...shape, base: 'AllProperties' as const };
  return { shape: whole, wanted: wantedItemProperties(whole, { version, inList }) };
}

/** The view of answers that give nothing but ids. */
export function idsOnly(version: SchemaVersion, more: readonly string[] = []): ItemView {
  const shape = { ...itemShape(undefined), base: 'IdOnly' as const, fields: new Set(more) };
  return { shape, wanted: wantedItemProperties(shape, { version, inList: false }) };
}

export async function itemElement(mailbox: Mailbox, item: Item, { shape, wanted }: ItemView): Promise<XmlFragment> {
  const mime = wanted.has('item:MimeContent') ? await mailbox.mimeOf(item.id) : undefined;
  return writeItem(itemElementName(item.itemClass), wanted, {
    read: (uri) =>
      uri === 'item:MimeContent'
        ? mime && { content: mime }
        : (bodyFor(item, uri, shape) ?? shortened(itemValue(mailbox, item, uri), wanted)),
    extended: (field) => extendedOfItem(item, field),
  });
}

/**
 * FindItem cuts texts.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
 */
function shortened(value: PropertyValue | undefined, { inList }: WantedItemProperties): PropertyValue | undefined {
  return inList && typeof value === 'string' ? [...value].slice(0, 255).join('') : value;
}

function bodyFor(content: MessageContent, uri: ItemUri, shape: ItemShape): PropertyValue | undefined {
  if (!isBodyUri(uri)) return undefined;
  const body = bodyAs(content, formOf(uri, shape));
  const filtered = shape.filterHtmlContent && body.type === 'HTML' ? { ...body, text: sanitized(body.text) } : body;
  return shortBody(filtered, shape.maximumBodySize);
}

/** An attachment with its content, as GetAttachment gives it. */
export async function attachmentElement(
  attachment: Attachment,
  { shape, wanted }: ItemView,
  version: SchemaVersion,
): Promise<XmlFragment> {
  if (attachment.kind === 'reference')
    throw new ResponseError('ErrorInvalidOperation', 'A reference attachment has no content.');
  const described = attachmentValue(attachment);
  const content =
    attachment.kind === 'file'
      ? ({ kind: 'file', bytes: attachment.content } as const)
      : ({ kind: 'item', item: [(await attachedItem(attachment.item, shape, wanted)).markup] } as const);
  return trustedMarkup(attachmentPieces(described, content, version).join(''));
}

async function attachedItem(
  content: MessageContent,
  shape: ItemShape,
  wanted: WantedItemProperties,
): Promise<XmlFragment> {
  const mime = wanted.has('item:MimeContent')
    ? (content.mime ?? (await writeMime(content, { keepBcc: true })))
    : undefined;
  return writeItem(itemElementName(content.itemClass), wanted, {
    read: (uri) =>
      uri === 'item:MimeContent'
        ? mime && { content: mime }
        : (bodyFor(content, uri, shape) ?? contentValue(content, uri)),
    extended: () => undefined,
  });
}

const FOLDER_RIGHTS = {
  createAssociated: true,
  createContents: true,
  createHierarchy: true,
  delete: true,
  modify: true,
  read: true,
  viewPrivateItems: true,
};

/** What a folder says of a property. */
export function folderValue(mailbox: Mailbox, folder: Folder, uri: FolderUri): PropertyValue | undefined {
  switch (uri) {
    case 'folder:FolderId':
      return { id: folder.id, changeKey: folder.changeKey };
    case 'folder:ParentFolderId':
      return folder.parentId === undefined ? undefined : { id: folder.parentId };
    case 'folder:FolderClass':
      return folder.folderClass === '' ? undefined : folder.folderClass;
    case 'folder:DisplayName':
      return folder.displayName;
    case 'folder:TotalCount':
      return mailbox.counts(folder.id).total;
    case 'folder:ChildFolderCount':
      return mailbox.counts(folder.id).childFolders;
    case 'folder:UnreadCount':
      return mailbox.counts(folder.id).unread;
    case 'folder:DistinguishedFolderId':
      return folder.wellKnownName;
    case 'folder:EffectiveRights':
      return FOLDER_RIGHTS;
    default:
      return undefined;
  }
}

/**
 * By property tag (MS-OXPROPS): PidTagAttributeHidden, PidTagContainerClass, PidTagMessageSize(Extended)
 * and counts.
 */
export function extendedOfFolder(
  mailbox: Mailbox,
  folder: Folder,
  field: ExtendedField,
): string | readonly string[] | undefined {
  const set = folder.extended.get(pathOf(field));
  if (set !== undefined) return set;
  const { total, unread, childFolders, size } = mailbox.counts(folder.id);
  switch (field.tag) {
    case 0x10f4:
      return String(folder.isHidden);
    case 0x3001:
      return folder.displayName;
    case 0x3613:
      return folder.folderClass;
    case 0x0e08:
    case 0x66b3:
      return String(size);
    case 0x3602:
      return String(total);
    case 0x3603:
      return String(unread);
    case 0x360a:
      return String(childFolders > 0);
    default:
      return undefined;
  }
}

/** @throws ResponseError */
export function folderView({ request, version }: OperationContext): WantedFolderProperties {
  return wantedFolderProperties(folderShape(child(request, 'FolderShape')), version);
}

export function folderIdOnly(version: SchemaVersion): WantedFolderProperties {
  return wantedFolderProperties({ base: 'IdOnly', fields: new Set(), headers: [], extended: [] }, version);
}

export function folderElement(mailbox: Mailbox, folder: Folder, wanted: WantedFolderProperties): XmlFragment {
  return writeFolder(folderElementName(folder.folderClass, folder.isSearchFolder), wanted, {
    read: (uri) => folderValue(mailbox, folder, uri),
    extended: (field) => extendedOfFolder(mailbox, folder, field),
  });
}

/** `m:Items` with one item's id. */
export async function itemsOf(mailbox: Mailbox, item: Item, view: ItemView): Promise<XmlFragment> {
  return xml`<m:Items>${await itemElement(mailbox, item, view)}</m:Items>`;
}
