/**
 * Sort orders of FindItem.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/sortorder
 */
import { children, type EwsElement } from './element.ts';
import { fieldIn, type Field } from './field.ts';
import { compareValues, type ValueOf } from './matches.ts';

export interface SortKey {
  readonly field: Field;
  readonly descending: boolean;
}

/** The keys of `m:SortOrder`, the most important first. @throws ResponseError where one names no property */
export function sortOrder(element: EwsElement | undefined): readonly SortKey[] {
  return children(element, 'FieldOrder').map((order) => ({
    field: fieldIn(order),
    descending: order.attributes.get('Order') === 'Descending',
  }));
}

/** Compares two entries; one without a key's value stands before those with it, behind them if descending. */
export function compareBy(keys: readonly SortKey[], left: ValueOf, right: ValueOf): number {
  for (const { field, descending } of keys) {
    const [a, b] = [left(field), right(field)];
    const order = compareValues(a, b) ?? Number(a !== undefined) - Number(b !== undefined);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}
