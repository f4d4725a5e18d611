/**
 * Extended properties in Graph's notation: `Integer 0x0E08`, `String {GUID} Name X`, `Boolean {GUID} Id 0x8503`.
 * Answers have it normalised (lower-case hexadecimal without leading zeros): it is compared by what it means.
 *
 * @see https://learn.microsoft.com/graph/api/resources/extended-properties-overview
 */
import type { ExtendedField } from '../../../ews/extended-field.ts';
import type { FieldValue } from '../../../ews/matches.ts';

export interface SingleValue {
  readonly id: string;
  readonly value: string;
}

export interface MultiValue {
  readonly id: string;
  readonly value: readonly string[];
}

/** The part of a Graph item that holds extended properties. */
export interface WithExtendedProperties {
  readonly singleValueExtendedProperties?: readonly SingleValue[];
  readonly multiValueExtendedProperties?: readonly MultiValue[];
}

/** Types that neither service reads or writes. */
const UNUSABLE: ReadonlySet<string> = new Set(['Error', 'Null', 'Object', 'ObjectArray']);

/** Graph's id of a property; undefined for a type that neither service reads. */
export function graphPropertyId(field: ExtendedField): string | undefined {
  const { propertyType, tag, propertySet, propertyId, propertyName } = field;
  if (UNUSABLE.has(propertyType)) return undefined;
  if (tag !== undefined) return `${propertyType} 0x${tag.toString(16).padStart(4, '0')}`;
  // A GUID in braces, as Exchange writes it; the name's case counts.
  if (propertyName !== undefined) return `${propertyType} {${propertySet}} Name ${propertyName}`;
  return `${propertyType} {${propertySet}} Id 0x${(propertyId ?? 0).toString(16)}`;
}

/** Whether values of the property are lists. */
export function isMultiValue({ propertyType }: ExtendedField): boolean {
  return propertyType.endsWith('Array');
}

/** A key under which Graph's and EWS's notations of one property are the same. */
export function normalisedId(graphId: string): string {
  const [type = '', rest = ''] = split(graphId, ' ');
  const tag = /^0x([0-9a-f]{1,4})$/i.exec(rest)?.[1];
  if (tag !== undefined) return `${type} ${Number.parseInt(tag, 16)}`;
  const named = /^\{?([0-9a-f-]{36})\}? (Id|Name) (.+)$/i.exec(rest);
  if (named === null) return graphId;
  const [, guid = '', kind = '', name = ''] = named;
  const isId = kind.toLowerCase() === 'id';
  return `${type} ${guid.toLowerCase()} ${isId ? `id ${Number(name)}` : `name ${name.toLowerCase()}`}`;
}

/** The values of an item's extended properties, by {@link normalisedId}. */
export function extendedValues(item: WithExtendedProperties): ReadonlyMap<string, string | readonly string[]> {
  const all = [...(item.singleValueExtendedProperties ?? []), ...(item.multiValueExtendedProperties ?? [])];
  return new Map(all.map(({ id, value }) => [normalisedId(id), value]));
}

/** A value for comparisons, by the property's type. */
export function typedValue(field: ExtendedField, value: string | readonly string[] | undefined): FieldValue {
  if (value === undefined || typeof value !== 'string') return value;
  switch (field.propertyType) {
    case 'Integer':
    case 'Long':
    case 'Short':
    case 'Double':
    case 'Float':
    case 'Currency':
      return Number(value);
    case 'Boolean':
      return value.toLowerCase() === 'true';
    case 'SystemTime':
    case 'ApplicationTime':
      return new Date(value);
    default:
      return value;
  }
}

/**
 * The `$expand` that brings properties along.
 *
 * @param ids of single and of multi-valued properties, in Graph's notation
 * @returns undefined where none is wanted
 */
export function expandOf(single: Iterable<string>, multi: Iterable<string>): string | undefined {
  const clause = (collection: string, ids: Iterable<string>): string[] => {
    const filters = [...new Set(ids)].map((id) => `id eq '${id.replaceAll("'", "''")}'`);
    return filters.length === 0 ? [] : [`${collection}($filter=${filters.join(' or ')})`];
  };
  const parts = [...clause('singleValueExtendedProperties', single), ...clause('multiValueExtendedProperties', multi)];
  return parts.length === 0 ? undefined : parts.join(',');
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
