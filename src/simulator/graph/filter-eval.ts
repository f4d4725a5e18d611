/** Evaluates a filter that was checked; strings compare without regard to case [doc extended properties]. */
import type { PropertyPath } from '../mailbox/extended-properties.ts';
import { extendedId } from './filter-check.ts';
import { parsePropertyId } from './extended-properties.ts';
import type { ComparisonOperator, Filter, Literal, Operand } from './filter-parser.ts';

/** What a path is in a row: a value of JSON, dates as text. */
export type ReadPath = (path: string) => unknown;

/** An extended property of the row; undefined where it has none. */
export type ReadProperty = (path: PropertyPath) => string | readonly string[] | undefined;

type Value = string | number | boolean | null;

export function matches(filter: Filter, read: ReadPath, property?: ReadProperty): boolean {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, read, property) && matches(filter.right, read, property);
    case 'or':
      return matches(filter.left, read, property) || matches(filter.right, read, property);
    case 'not':
      return !matches(filter.of, read, property);
    case 'flag':
      return read(filter.path) === true;
    case 'compare':
      return compare(
        filter.operator,
        valueOf(filter.left, read, filter.right),
        valueOf(filter.right, read, filter.right),
      );
    case 'text': {
      const text = String(valueOf(filter.left, read, filter.right) ?? '').toLowerCase();
      const part = String(valueOf(filter.right, read, filter.right) ?? '').toLowerCase();
      return filter.name === 'contains' ? text.includes(part) : text.startsWith(part);
    }
    case 'any': {
      if (filter.path === 'categories') {
        const values = (read('categories') ?? []) as readonly string[];
        const { of, variable } = filter;
        return of === undefined
          ? values.length > 0
          : values.some((value) => matches(of, (path) => (path === variable ? value : undefined)));
      }
      return matchesProperty(filter, property);
    }
    case 'isof':
      return false;
  }
}

function matchesProperty(filter: Extract<Filter, { kind: 'any' }>, property: ReadProperty | undefined): boolean {
  const id = extendedId(filter);
  if (property === undefined || id === undefined || filter.of === undefined) return false;
  const value = property(parsePropertyId(id)) ?? null;
  // An absent property is null: `ep/value eq null` finds it [code davmail].
  return matches(filter.of, (path) => (path === `${filter.variable}/id` ? id : value));
}

/** A value in the kind that the literal on the other side has. */
function valueOf(operand: Operand, read: ReadPath, literal: Operand): Value {
  if (operand.kind === 'literal') return plain(operand.value);
  const value = read(operand.path) ?? null;
  const other = literal.kind === 'literal' ? literal.value : undefined;
  if (value === null || typeof value === 'object') return null;
  if (other instanceof Date) return Date.parse(String(value));
  if (operand.kind === 'cast' && typeof other === 'number') return Number(value);
  if (operand.kind === 'cast' && typeof other === 'boolean') return String(value) === 'true';
  if (typeof value === 'string') return value.toLowerCase();
  return value as Value;
}

function plain(value: Literal): Value {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function compare(operator: ComparisonOperator, left: Value, right: Value): boolean {
  switch (operator) {
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'gt':
      return left !== null && right !== null && left > right;
    case 'ge':
      return left !== null && right !== null && left >= right;
    case 'lt':
      return left !== null && right !== null && left < right;
    case 'le':
      return left !== null && right !== null && left <= right;
  }
}
