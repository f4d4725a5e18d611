/**
 * Extended properties as Graph names them, and those that a mailbox computes.
 *
 * @see https://learn.microsoft.com/graph/api/resources/extended-properties-overview
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops/
 */
import { readEntryId, writeEntryId } from '../../ews/ids/entry-id.ts';
import { parseId } from '../../ews/ids/item-id.ts';
import type { ExtendedProperties, PropertyPath, PropertyType } from '../mailbox/extended-properties.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { iconIndex, LOCALE, messageFlags, transportHeaders } from '../mailbox/mapi.ts';
import type { Folder, Item, Recipient } from '../mailbox/types.ts';
import { hasAttachments } from '../mailbox/types.ts';
import { GraphError } from './errors.ts';

const TYPE =
  '(ApplicationTime|Binary|Boolean|CLSID|Currency|Double|Float|Integer|Long|Short|String|SystemTime)(Array)?';
const GUID = '\\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\\}?';
const NUMBER = '(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})';
const TAG = new RegExp(`^${TYPE} ${NUMBER}$`);
const BY_ID = new RegExp(`^${TYPE} ${GUID} Id ${NUMBER}$`, 'i');
const BY_NAME = new RegExp(`^${TYPE} ${GUID} Name (.+)$`, 'i');

/** @throws GraphError where the text names no property */
export function parsePropertyId(id: string): PropertyPath {
  const tag = TAG.exec(id);
  if (tag !== null) {
    const number = Number(tag[3]);
    // Named properties have no tags of their own [doc extended-properties-overview].
    if (number < 0x8000) return { type: typeOf(tag), tag: number };
  }
  const byId = BY_ID.exec(id);
  if (byId !== null) return { type: typeOf(byId), set: (byId[3] ?? '').toLowerCase(), id: Number(byId[4]) };
  const byName = BY_NAME.exec(id);
  if (byName !== null) return { type: typeOf(byName), set: (byName[3] ?? '').toLowerCase(), name: byName[4] ?? '' };
  throw new GraphError(400, 'ErrorInvalidProperty', `The property id '${id}' is invalid.`);
}

function typeOf(match: RegExpExecArray): PropertyType {
  return `${match[1] ?? ''}${match[2] ?? ''}` as PropertyType;
}

/** The id as answers have it: hexadecimal without leading zeros, the GUID in lower case [code, several]. */
export function normalisedId(path: PropertyPath): string {
  if ('tag' in path) return `${path.type} 0x${path.tag.toString(16)}`;
  if ('id' in path) return `${path.type} {${path.set}} Id 0x${path.id.toString(16)}`;
  return `${path.type} {${path.set}} Name ${path.name}`;
}

const SENSITIVITIES = ['normal', 'personal', 'private', 'confidential'];
const IMPORTANCES = ['low', 'normal', 'high'];

const names = (recipients: readonly Recipient[]): string =>
  recipients.map(({ name, address }) => (name === '' ? address : name)).join('; ');
const seconds = (date: Date | undefined): string | undefined => date && `${date.toISOString().slice(0, 19)}Z`;

type Computed<T> = (of: T, mailbox: Mailbox) => string | undefined;

/** By tag; each type word that MAPI allows for it is taken. */
const OF_MESSAGES: Readonly<Record<number, Computed<Item>>> = {
  0x0017: ({ importance }) => String(IMPORTANCES.indexOf(importance)),
  0x001a: ({ itemClass }) => itemClass,
  0x0023: ({ isDeliveryReceiptRequested }) => String(isDeliveryReceiptRequested),
  0x0029: ({ isReadReceiptRequested }) => String(isReadReceiptRequested),
  0x0036: ({ sensitivity }) => String(SENSITIVITIES.indexOf(sensitivity)),
  0x0037: ({ subject }) => subject,
  0x0039: ({ sentAt }) => seconds(sentAt),
  0x0040: (_item, { displayName }) => displayName,
  0x0044: (_item, { displayName }) => displayName,
  0x0042: ({ from }) => from?.name,
  0x0070: ({ conversationTopic }) => conversationTopic,
  0x0071: ({ conversationIndex }) => conversationIndex.toString('base64'),
  0x007d: transportHeaders,
  0x0c1a: ({ sender, from }) => (sender ?? from)?.name,
  0x0c1f: ({ sender, from }) => (sender ?? from)?.address,
  0x0e02: ({ bcc }) => names(bcc),
  0x0e03: ({ cc }) => names(cc),
  0x0e04: ({ to }) => names(to),
  0x0e06: ({ receivedAt }) => seconds(receivedAt),
  0x0e07: (item) => String(messageFlags(item)),
  0x0e08: ({ size }) => String(size),
  0x0e1b: (item) => String(hasAttachments(item)),
  0x0e1d: ({ subject }) => subject.replace(/^\s*\p{L}{1,3}: /u, ''),
  0x0e23: ({ articleNumber }) => String(articleNumber),
  0x0fff: ({ id }) => entryIdOf(id),
  0x1016: ({ bodyHtml }) => (bodyHtml === undefined ? '1' : '3'),
  0x1035: ({ internetMessageId }) => internetMessageId,
  0x1039: ({ references }) => references,
  0x1042: ({ inReplyTo }) => inReplyTo,
  0x1080: (item) => String(iconIndex(item)),
  0x300b: ({ searchKey }) => Buffer.from(searchKey, 'hex').toString('base64'),
  0x3007: ({ createdAt }) => seconds(createdAt),
  0x3008: ({ modifiedAt }) => seconds(modifiedAt),
  0x3ff1: () => String(LOCALE),
  0x3ffa: ({ modifiedBy }) => modifiedBy,
  0x5d01: ({ sender, from }) => (sender ?? from)?.address,
  0x5d02: ({ from }) => from?.address,
  0x5d07: (_item, { address }) => address,
  0x5d08: (_item, { address }) => address,
};

const OF_FOLDERS: Readonly<Record<number, Computed<Folder>>> = {
  0x0e08: ({ id }, mailbox) => String(mailbox.counts(id).size),
  0x10f4: ({ isHidden }) => String(isHidden),
  0x3001: ({ displayName }) => displayName,
  0x3007: ({ createdAt }) => seconds(createdAt),
  0x3008: ({ modifiedAt }) => seconds(modifiedAt),
  0x3602: ({ id }, mailbox) => String(mailbox.counts(id).total),
  0x3603: ({ id }, mailbox) => String(mailbox.counts(id).unread),
  0x3613: ({ folderClass }) => folderClass,
  0x66b3: ({ id }, mailbox) => String(mailbox.counts(id).size),
  0x0fff: ({ id }) => entryIdOf(id),
};

function entryIdOf(id: string): string | undefined {
  const parsed = parseId(id);
  if (parsed?.kind !== 'item' && parsed?.kind !== 'folder') return undefined;
  const bytes = writeEntryId(parsed);
  return readEntryId(bytes) === undefined ? undefined : bytes.toString('base64');
}

export interface Expansion {
  readonly isMulti: boolean;
  readonly paths: readonly PropertyPath[];
}

function valueOf<T extends { readonly extended: ExtendedProperties }>(
  table: Readonly<Record<number, Computed<T>>>,
  of: T,
  mailbox: Mailbox,
  path: PropertyPath,
): string | readonly string[] | undefined {
  const stored = of.extended.get(path);
  if (stored !== undefined) return stored;
  return 'tag' in path && !path.type.endsWith('Array') ? table[path.tag]?.(of, mailbox) : undefined;
}

/** A message's property; undefined where the item has none. */
export function messageProperty(
  item: Item,
  mailbox: Mailbox,
  path: PropertyPath,
): string | readonly string[] | undefined {
  return valueOf(OF_MESSAGES, item, mailbox, path);
}

export function folderProperty(
  folder: Folder,
  mailbox: Mailbox,
  path: PropertyPath,
): string | readonly string[] | undefined {
  return valueOf(OF_FOLDERS, folder, mailbox, path);
}

/** What an answer shows: only the properties that there are, as text. */
export function expanded(
  paths: readonly PropertyPath[],
  read: (path: PropertyPath) => string | readonly string[] | undefined,
): readonly { readonly id: string; readonly value: string | readonly string[] }[] {
  return paths.flatMap((path) => {
    const value = read(path);
    return value === undefined ? [] : [{ id: normalisedId(path), value }];
  });
}
