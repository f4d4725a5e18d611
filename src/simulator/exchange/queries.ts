/**
 * Restrictions and sort orders over items and folders, with Exchange's refusals.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/restriction
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/sortorder
 */
import { child, type EwsElement } from '../../ews/element.ts';
import type { Field } from '../../ews/field.ts';
import { matches, type FieldValue, type ValueOf } from '../../ews/matches.ts';
import type { PageView } from '../../ews/paging.ts';
import { pageRange, pageView } from '../../ews/paging.ts';
import { comparableValue } from '../../ews/properties/comparable.ts';
import { FOLDER_PROPERTIES, ITEM_PROPERTIES } from '../../ews/properties/elements.ts';
import { parseRestriction, type Restriction } from '../../ews/restriction.ts';
import { assertComparable, assertSortable, searchTable, type SearchTable } from '../../ews/searchable.ts';
import { compareBy, sortOrder, type SortKey } from '../../ews/sort-order.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Folder, Item } from '../mailbox/types.ts';
import { comparable, extendedOfItem } from './extended.ts';
import { itemValue } from './item-values.ts';
import { extendedOfFolder, folderValue } from './views.ts';

const ITEMS = searchTable(ITEM_PROPERTIES);
const FOLDERS = searchTable(FOLDER_PROPERTIES);

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
export function itemFilter(mailbox: Mailbox, request: EwsElement): (item: Item) => boolean {
  const restriction = checked(request, ITEMS);
  return restriction === undefined ? () => true : (item) => matches(restriction, valueOfItem(mailbox, item));
}

/** @throws ResponseError */
export function folderFilter(mailbox: Mailbox, request: EwsElement): (folder: Folder) => boolean {
  const restriction = checked(request, FOLDERS);
  return restriction === undefined ? () => true : (folder) => matches(restriction, valueOfFolder(mailbox, folder));
}

function checked(request: EwsElement, table: SearchTable): Restriction | undefined {
  const restriction = parseRestriction(child(request, 'Restriction'));
  assertComparable(restriction, table);
  return restriction;
}

/** Newest first where there is no order, as Exchange does. @throws ResponseError ErrorUnsupportedPathForSortGroup */
export function sortItems(mailbox: Mailbox, items: readonly Item[], request: EwsElement): readonly Item[] {
  const keys = sortOrder(child(request, 'SortOrder'));
  assertSortable(keys, ITEMS);
  return keys.length === 0 ? items : sorted(mailbox, items, keys);
}

export function sorted(mailbox: Mailbox, items: readonly Item[], keys: readonly SortKey[]): readonly Item[] {
  const values = new Map(items.map((item) => [item, valueOfItem(mailbox, item)]));
  const none: ValueOf = () => undefined;
  return items.toSorted((a, b) => compareBy(keys, values.get(a) ?? none, values.get(b) ?? none));
}

/** @throws ResponseError ErrorUnsupportedPathForSortGroup */
export function checkSortable(field: Field): void {
  assertSortable([{ field, descending: false }], ITEMS);
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
