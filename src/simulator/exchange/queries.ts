/**
 * Restrictions and sort orders over items and folders, with Exchange's refusals.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/restriction
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/sortorder
 */
import { child, type EwsElement } from '../../ews/element.ts';
import type { Field } from '../../ews/field.ts';
import { inUtc } from '../../ews/local-dates.ts';
import { matches, type FieldValue, type ValueOf } from '../../ews/matches.ts';
import type { PageView } from '../../ews/paging.ts';
import { pageRange, pageView } from '../../ews/paging.ts';
import { comparableValue } from '../../ews/properties/comparable.ts';
import { FOLDER_PROPERTIES, ITEM_PROPERTIES } from '../../ews/properties/elements.ts';
import type { EwsProperty } from '../../ews/properties/types.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { parseRestriction, type Restriction } from '../../ews/restriction.ts';
import { compareBy, sortOrder, type SortKey } from '../../ews/sort-order.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Folder, Item } from '../mailbox/types.ts';
import { comparable, extendedOfItem } from './extended.ts';
import { itemValue } from './item-values.ts';
import { extendedOfFolder, folderValue } from './views.ts';

const ITEMS = new Map(ITEM_PROPERTIES.map((property) => [property.uri as string, property]));
const FOLDERS = new Map(FOLDER_PROPERTIES.map((property) => [property.uri as string, property]));
type Table = ReadonlyMap<string, EwsProperty>;

/** Calculated, so that the store cannot look for them (exchangelib's fields that are not searchable; inferred). */
const NOT_SEARCHABLE: ReadonlySet<string> = new Set([
  'item:EffectiveRights',
  'item:MimeContent',
  'item:ResponseObjects',
  'message:BccRecipients',
  'message:CcRecipients',
  'message:ToRecipients',
  'message:ReplyTo',
]);

function valueOfItem(mailbox: Mailbox, item: Item): ValueOf {
  return (field) => {
    if (field.kind === 'extended') return comparable(field, extendedOfItem(item, field));
    if (field.kind === 'indexed')
      return item.headers.find(({ name }) => name.toLowerCase() === field.index.toLowerCase())?.value;
    // A filter of it is accepted and finds nothing (exchangelib's tests, run against Exchange Online).
    if (field.uri === 'item:ReminderDueBy') return undefined;
    const property = ITEM_PROPERTIES.find(({ uri }) => uri === field.uri);
    return property === undefined ? undefined : comparableValue(property, itemValue(mailbox, item, property.uri));
  };
}

function valueOfFolder(mailbox: Mailbox, folder: Folder): ValueOf {
  return (field): FieldValue => {
    if (field.kind === 'extended') return comparable(field, extendedOfFolder(mailbox, folder, field));
    const property = FOLDER_PROPERTIES.find(({ uri }) => uri === field.uri);
    return property === undefined ? undefined : comparableValue(property, folderValue(mailbox, folder, property.uri));
  };
}

/** @throws ResponseError ErrorUnsupportedPathForQuery and those of the restriction itself */
export function itemFilter(
  mailbox: Mailbox,
  request: EwsElement,
  timeZone: string | undefined,
): (item: Item) => boolean {
  const restriction = inUtc(checked(request, ITEMS), timeZone);
  return restriction === undefined ? () => true : (item) => matches(restriction, valueOfItem(mailbox, item));
}

/** @throws ResponseError */
export function folderFilter(mailbox: Mailbox, request: EwsElement): (folder: Folder) => boolean {
  const restriction = checked(request, FOLDERS);
  return restriction === undefined ? () => true : (folder) => matches(restriction, valueOfFolder(mailbox, folder));
}

function checked(request: EwsElement, table: Table): Restriction | undefined {
  const restriction = parseRestriction(child(request, 'Restriction'));
  if (restriction !== undefined) check(restriction, table);
  return restriction;
}

function check(restriction: Restriction, table: Table): void {
  switch (restriction.kind) {
    case 'And':
    case 'Or':
      for (const operand of restriction.operands) check(operand, table);
      return;
    case 'Not':
      return check(restriction.operand, table);
    case 'Contains':
      checkField(restriction.field, table);
      return checkIsText(restriction.field, table);
    case 'Exists':
    case 'Excludes':
      return checkField(restriction.field, table);
    default:
      checkField(restriction.field, table);
      if (restriction.operand.kind !== 'constant') checkField(restriction.operand, table);
  }
}

function checkField(field: Field, table: Table): void {
  if (field.kind !== 'named') return;
  if (NOT_SEARCHABLE.has(field.uri) || table.get(field.uri)?.comparable !== true)
    throw new ResponseError(
      'ErrorUnsupportedPathForQuery',
      'The property can not be used with this type of restriction.',
    );
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/contains */
function checkIsText(field: Field, table: Table): void {
  const isText =
    field.kind === 'extended'
      ? field.propertyType.startsWith('String')
      : field.kind === 'indexed' || !/^(?:boolean|int|dateTime)$/.test(table.get(field.uri)?.kind ?? '');
  if (!isText) throw new ResponseError('ErrorContainsFilterWrongType', 'A Contains filter needs a property of text.');
}

/** Newest first where there is no order, as Exchange does. @throws ResponseError ErrorUnsupportedPathForSortGroup */
export function sortItems(mailbox: Mailbox, items: readonly Item[], request: EwsElement): readonly Item[] {
  const keys = sortOrder(child(request, 'SortOrder'));
  for (const key of keys) checkSortable(key.field);
  return keys.length === 0 ? items : sorted(mailbox, items, keys);
}

export function sorted(mailbox: Mailbox, items: readonly Item[], keys: readonly SortKey[]): readonly Item[] {
  const values = new Map(items.map((item) => [item, valueOfItem(mailbox, item)]));
  const none: ValueOf = () => undefined;
  return items.toSorted((a, b) => compareBy(keys, values.get(a) ?? none, values.get(b) ?? none));
}

/** @throws ResponseError ErrorUnsupportedPathForSortGroup */
export function checkSortable(field: Field): void {
  if (field.kind === 'extended' && !field.propertyType.endsWith('Array')) return;
  const isSortable = field.kind === 'named' && ITEMS.get(field.uri)?.sortable === true;
  if (!isSortable || NOT_SEARCHABLE.has(field.uri))
    throw new ResponseError(
      'ErrorUnsupportedPathForSortGroup',
      'The property can not be used for sorting or grouping.',
    );
}

/** The value by which an item is grouped, as text. */
export function groupOf(mailbox: Mailbox, item: Item, field: Field): string {
  const value = valueOfItem(mailbox, item)(field);
  return value instanceof Date ? value.toISOString() : String(value ?? '');
}

export interface Page<T> {
  readonly entries: readonly T[];
  /** Attributes of RootFolder. */
  readonly indexedOffset: number | undefined;
  readonly numerator: number | undefined;
  readonly denominator: number | undefined;
  readonly total: number;
  readonly includesLast: boolean;
}

/** The page of a list that a request asks for. @throws ResponseError where its numbers cannot be */
export function pageOf<T>(request: EwsElement, all: readonly T[]): Page<T> {
  const view: PageView = pageView(request);
  const { start, end, nextOffset, includesLast } = pageRange(view, all.length);
  const isFraction = view.kind === 'fractional';
  return {
    entries: all.slice(start, end),
    indexedOffset: isFraction ? undefined : nextOffset,
    numerator: isFraction ? nextOffset : undefined,
    denominator: isFraction ? Math.max(all.length, 1) : undefined,
    total: all.length,
    includesLast,
  };
}
