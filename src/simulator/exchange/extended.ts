/**
 * Extended properties of items and folders: those that were set, and those that mirror what an item has anyway.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops/
 */
import { child, type EwsElement } from '../../ews/element.ts';
import { extendedField, type ExtendedField } from '../../ews/extended-field.ts';
import { extendedValue } from '../../ews/extended-value.ts';
import type { FieldValue } from '../../ews/matches.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { dateTime } from '../../ews/xml.ts';
import type { ExtendedProperty, PropertyPath, PropertyType } from '../mailbox/extended-properties.ts';
import { iconIndex, LOCALE, messageFlags, transportHeaders } from '../mailbox/mapi.ts';
import { PROPERTY_SETS } from '../mailbox/extended-properties.ts';
import { bodyOf, hasAttachments, type Item } from '../mailbox/types.ts';

const NUMBERS = /^(?:Short|Integer|Long|Currency|Float|Double|ApplicationTime)(?:Array)?$/;

export function pathOf({ tag, propertySet, propertyId, propertyName, propertyType }: ExtendedField): PropertyPath {
  const type = propertyType as PropertyType;
  if (tag !== undefined) return { type, tag };
  const set = propertySet ?? '';
  return propertyId === undefined ? { type, set, name: propertyName ?? '' } : { type, set, id: propertyId };
}

const LEVELS = { low: '0', normal: '1', high: '2' } as const;
const SENSITIVITIES = { normal: '0', personal: '1', private: '2', confidential: '3' } as const;
const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

/** By property tag (MS-OXPROPS). */
const MIRRORED: Readonly<Record<number, (item: Item) => string | undefined>> = {
  0x0017: (item) => LEVELS[item.importance],
  0x001a: (item) => item.itemClass,
  0x0029: (item) => String(item.isReadReceiptRequested),
  0x0036: (item) => SENSITIVITIES[item.sensitivity],
  0x0037: (item) => item.subject,
  0x0039: (item) => dateTime(item.sentAt ?? item.createdAt),
  0x0070: (item) => item.conversationTopic,
  0x0071: (item) => item.conversationIndex.toString('base64'),
  0x007d: transportHeaders,
  0x0c1a: (item) => item.from?.name,
  0x0c1f: (item) => item.from?.address,
  0x0e03: (item) => item.cc.map(({ name, address }) => name || address).join('; '),
  0x0e04: (item) => item.to.map(({ name, address }) => name || address).join('; '),
  0x0e06: (item) => dateTime(item.receivedAt),
  0x0e07: (item) => String(messageFlags(item)),
  0x0e08: (item) => String(item.size),
  0x0e1b: (item) => String(hasAttachments(item)),
  0x0e1d: (item) => item.conversationTopic,
  0x0e23: (item) => String(item.articleNumber),
  0x0ff9: (item) => Buffer.from(item.id).toString('base64'),
  0x1000: (item) => bodyOf(item).content,
  0x1035: (item) => item.internetMessageId,
  0x1039: (item) => item.references,
  0x1042: (item) => item.inReplyTo,
  0x3007: (item) => dateTime(item.createdAt),
  0x3008: (item) => dateTime(item.modifiedAt),
  0x1080: (item) => String(iconIndex(item)),
  0x300b: (item) => base64(item.searchKey),
  0x3ff1: () => String(LOCALE),
};

/** Values as text, undefined where the item does not have it. */
export function extendedOfItem(item: Item, field: ExtendedField): string | readonly string[] | undefined {
  const set = item.extended.get(pathOf(field));
  if (set !== undefined) return set;
  if (field.tag !== undefined) return MIRRORED[field.tag]?.(item);
  const name = field.propertyName?.toLowerCase();
  if (field.propertySet === PROPERTY_SETS['PublicStrings'] && name === 'keywords')
    return item.categories.length === 0 ? undefined : item.categories;
  if (field.propertySet !== PROPERTY_SETS['InternetHeaders']) return undefined;
  return item.headers.find((header) => header.name.toLowerCase() === name)?.value;
}

/** A value as restrictions and sort orders compare it. */
export function comparable({ propertyType }: ExtendedField, value: string | readonly string[] | undefined): FieldValue {
  if (value === undefined || typeof value !== 'string') return value;
  if (NUMBERS.test(propertyType)) return Number(value);
  if (propertyType === 'Boolean') return value === 'true';
  return propertyType === 'SystemTime' ? new Date(value) : value;
}

/** `t:ExtendedProperty` of a request. @throws ResponseError */
export function extendedPropertyOf(element: EwsElement): { field: ExtendedField; property: ExtendedProperty } {
  const uri = child(element, 'ExtendedFieldURI');
  if (uri === undefined)
    throw new ResponseError('ErrorInvalidExtendedProperty', 'The extended property names no property.');
  const field = extendedField(uri);
  return { field, property: { path: pathOf(field), value: extendedValue(field, element) } };
}
