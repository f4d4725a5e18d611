/**
 * By which properties Exchange searches and sorts, and how it refuses others.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 */
import type { Field } from './field.ts';
import type { EwsProperty } from './properties/types.ts';
import { ResponseError } from './response-messages.ts';
import type { Restriction } from './restriction.ts';
import type { SortKey } from './sort-order.ts';

/** Properties by FieldURI. */
export type SearchTable = ReadonlyMap<string, EwsProperty>;

export function searchTable(properties: readonly EwsProperty[]): SearchTable {
  return new Map(properties.map((property) => [property.uri, property]));
}

/** Bits of one number in the store, which every item has. */
const FLAGS: ReadonlySet<string> = new Set([
  'item:IsDraft',
  'item:IsFromMe',
  'item:IsResend',
  'item:IsSubmitted',
  'item:IsUnmodified',
  'message:IsRead',
]);
const NO_TEXT = /^(?:boolean|int|dateTime)$/;

/**
 * @throws ResponseError ErrorUnsupportedPathForQuery, ErrorContainsFilterWrongType for Contains of what is no text,
 *   ErrorInvalidPropertyForExists for a flag that every item has
 */
export function assertComparable(restriction: Restriction | undefined, table: SearchTable): void {
  if (restriction === undefined) return;
  switch (restriction.kind) {
    case 'And':
    case 'Or':
      for (const operand of restriction.operands) assertComparable(operand, table);
      return;
    case 'Not':
      return assertComparable(restriction.operand, table);
    case 'Contains':
      assertComparableField(restriction.field, table);
      return assertText(restriction.field, table);
    case 'Exists':
      assertComparableField(restriction.field, table);
      return assertNoFlag(restriction.field);
    case 'Excludes':
      return assertComparableField(restriction.field, table);
    default:
      assertComparableField(restriction.field, table);
      if (restriction.operand.kind !== 'constant') assertComparableField(restriction.operand, table);
  }
}

/** @throws ResponseError ErrorUnsupportedPathForSortGroup */
export function assertSortable(keys: readonly SortKey[], table: SearchTable): void {
  for (const { field } of keys) {
    const isSortable =
      field.kind === 'extended'
        ? !field.propertyType.endsWith('Array')
        : field.kind === 'named' && table.get(field.uri)?.sortable === true;
    if (!isSortable)
      throw new ResponseError(
        'ErrorUnsupportedPathForSortGroup',
        'The property can not be used for sorting or grouping.',
      );
  }
}

function assertComparableField(field: Field, table: SearchTable): void {
  if (field.kind === 'extended' || (field.kind === 'named' && table.get(field.uri)?.comparable === true)) return;
  throw new ResponseError(
    'ErrorUnsupportedPathForQuery',
    'The property can not be used with this type of restriction.',
  );
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/contains */
function assertText(field: Field, table: SearchTable): void {
  const isText =
    field.kind === 'extended'
      ? field.propertyType.startsWith('String')
      : !NO_TEXT.test(table.get(field.uri)?.kind ?? '');
  if (!isText) throw new ResponseError('ErrorContainsFilterWrongType', 'A Contains filter needs a property of text.');
}

function assertNoFlag(field: Field): void {
  if (field.kind === 'named' && FLAGS.has(field.uri))
    throw new ResponseError(
      'ErrorInvalidPropertyForExists',
      'Property cannot be used in Exists expression. Use IsEqualTo instead.',
    );
}
