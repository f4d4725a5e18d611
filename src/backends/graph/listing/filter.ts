/**
 * Restrictions and sort orders as far as Graph carries them out safely. What is pushed down only narrows: everything is
 * evaluated once more in the gateway, so that `$filter` may let too much through, but must never lose a match.
 *
 * @see https://learn.microsoft.com/graph/filter-query-parameter
 * @see https://learn.microsoft.com/graph/api/user-list-messages#using-filter-and-orderby-in-the-same-query
 */
import { toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import type { Field } from '../../../ews/field.ts';
import type { Comparison, Restriction } from '../../../ews/restriction.ts';
import type { SortKey } from '../../../ews/sort-order.ts';
import type { Capabilities } from '../capabilities.ts';
import type { Filter } from '../properties/graph-property.ts';
import { messageProperty } from '../properties/message.ts';
import { dateText } from '../properties/values.ts';

/** A part of `$filter`, and the paths it names. */
interface Term {
  readonly text: string;
  readonly paths: ReadonlySet<string>;
}

export interface PushedQuery {
  /** Conditions for `$filter`, in brackets where needed; undefined where there is nothing to narrow by. */
  readonly condition: string | undefined;
  /** What Graph sorts by. */
  readonly orderBy: string;
  readonly descending: boolean;
  /** Whether Graph's rows are exactly those that match. */
  readonly exact: boolean;
  /** Whether Graph's order is the one that was asked for. */
  readonly sorted: boolean;
}

/** Graph refuses filters of some 2,000 characters. */
const MAX_CONDITION = 1_500;
/** Of importance, the one that is filtered. */
const ENUM = /^(?:low|normal|high)$/i;
const OPERATORS: Readonly<Record<Comparison, string>> = {
  IsEqualTo: 'eq',
  IsNotEqualTo: 'ne',
  IsGreaterThan: 'gt',
  IsGreaterThanOrEqualTo: 'ge',
  IsLessThan: 'lt',
  IsLessThanOrEqualTo: 'le',
};

/** @param sort the keys that were asked for; without any the newest come first, as in EWS's usual view */
export function push(
  restriction: Restriction | undefined,
  sort: readonly SortKey[],
  { queriesByCreation }: Pick<Capabilities, 'queriesByCreation'>,
): PushedQuery {
  const [first, ...more] = sort;
  const wanted = first === undefined ? 'receivedDateTime' : orderPath(first.field);
  const path = wanted === 'createdDateTime' && !queriesByCreation ? undefined : wanted;
  // A list goes on by the key of its last row, for which only dates serve; rows with equal keys have no promised order
  // at Graph, so that a second key is the gateway's business too.
  const sorted = path !== undefined && isDate(path) && more.length === 0;
  const order = {
    orderBy: sorted ? path : 'receivedDateTime',
    descending: !sorted || first === undefined || first.descending,
    sorted,
  };
  const term = restriction === undefined ? undefined : termOf(restriction);
  // What is sorted by must lead the filter: only dates have a condition that is always true.
  const isUsable = term !== undefined && term.text.length <= MAX_CONDITION;
  const condition = isUsable ? term.text : undefined;
  const exact = restriction === undefined || (condition !== undefined && isExact(restriction));
  return { ...order, condition, exact };
}

/** Whether rows are sorted by a date, so that a list goes on by the key of its last row. */
export function isDate(orderBy: string): boolean {
  return orderBy.endsWith('DateTime');
}

function orderPath(field: Field): string | undefined {
  return field.kind === 'named' ? messageProperty(field.uri)?.orderBy : undefined;
}

/** The widest condition that Graph takes for a restriction; undefined where there is none. */
function termOf(restriction: Restriction): Term | undefined {
  switch (restriction.kind) {
    case 'And': {
      const terms = restriction.operands.flatMap((operand) => termOf(operand) ?? []);
      return terms.length === 0 ? undefined : joined(terms, ' and ');
    }
    case 'Or': {
      const terms = restriction.operands.map(termOf);
      const known = terms.filter((term) => term !== undefined);
      return known.length < terms.length ? undefined : joined(known, ' or ');
    }
    case 'Not':
      return negated(restriction.operand);
    case 'Contains':
    case 'Exists':
    case 'Excludes':
      // contains() is refused beside $orderby of another property, and the rest has no counterpart.
      return undefined;
    default:
      return comparison(restriction.kind, restriction.field, restriction.operand);
  }
}

/** Not of a simple comparison only: `not` of a condition that was widened would lose matches. */
function negated(restriction: Restriction): Term | undefined {
  if (restriction.kind === 'Not') return termOf(restriction.operand);
  const opposite = OPPOSITES[restriction.kind];
  if (opposite === undefined || !('operand' in restriction) || restriction.kind === undefined) return undefined;
  const { field, operand } = restriction as Extract<Restriction, { kind: Comparison }>;
  // Only of what every message has: a missing value matches neither a comparison nor its opposite.
  const filter = filterOf(field);
  return filter?.kind === 'boolean' ? comparison(opposite, field, operand) : undefined;
}

const OPPOSITES: Readonly<Record<string, Comparison | undefined>> = {
  IsEqualTo: 'IsNotEqualTo',
  IsNotEqualTo: 'IsEqualTo',
};

function comparison(
  kind: Comparison,
  field: Field,
  operand: Extract<Restriction, { kind: Comparison }>['operand'],
): Term | undefined {
  const filter = filterOf(field);
  if (filter === undefined || operand.kind !== 'constant') return undefined;
  const text = conditionOf(filter, kind, operand.value);
  return text === undefined ? undefined : { text, paths: new Set([filter.path]) };
}

function filterOf(field: Field): Filter | undefined {
  return field.kind === 'named' ? messageProperty(field.uri)?.filter : undefined;
}

function conditionOf({ kind, path }: Filter, comparisonKind: Comparison, value: string): string | undefined {
  const operator = OPERATORS[comparisonKind];
  const isEquality = operator === 'eq' || operator === 'ne';
  switch (kind) {
    case 'boolean': {
      const wanted = { true: true, 1: true, false: false, 0: false }[value.trim().toLowerCase()];
      return wanted === undefined || !isEquality ? undefined : `${path} eq ${operator === 'eq' ? wanted : !wanted}`;
    }
    case 'date':
      return dateCondition(path, operator, value);
    case 'text':
      // Graph ignores case as EWS does; ne would lose messages that have no value.
      return operator === 'eq' && value !== '' ? `${path} eq ${quoted(value)}` : undefined;
    case 'id':
      return operator === 'eq' && value !== '' ? `${path} eq ${quoted(toGraphAlphabet(value))}` : undefined;
    case 'enum':
      // Graph refuses a name that it does not know.
      return operator === 'eq' && ENUM.test(value) ? `${path} eq ${quoted(value.toLowerCase())}` : undefined;
    case 'any':
      return operator === 'eq' ? `${path}/any(a:a eq ${quoted(value)})` : undefined;
  }
}

const EARLIEST = Date.UTC(1601, 0, 2);
const LATEST = Date.UTC(9999, 0, 1);

/** Graph knows whole seconds: a second more on either side, and the gateway looks again. */
function dateCondition(path: string, operator: string, value: string): string | undefined {
  const zoned = /(?:Z|[+-]\d\d:\d\d)$/.test(value.trim()) ? value.trim() : `${value.trim()}Z`;
  const time = Date.parse(zoned);
  // Years of other than four digits are no literals of Graph.
  if (Number.isNaN(time) || time < EARLIEST || time > LATEST) return undefined;
  const at = (offset: number): string => dateText(new Date(time + offset));
  switch (operator) {
    case 'gt':
    case 'ge':
      return `${path} ge ${at(-1_000)}`;
    case 'lt':
    case 'le':
      return `${path} le ${at(1_000)}`;
    case 'eq':
      return `${path} ge ${at(-1_000)} and ${path} le ${at(1_000)}`;
    default:
      return undefined;
  }
}

/** Whether the pushed condition means the same as the restriction, so that counts are right. */
function isExact(restriction: Restriction): boolean {
  switch (restriction.kind) {
    case 'And':
    case 'Or':
      return restriction.operands.every(isExact);
    case 'IsEqualTo':
    case 'IsNotEqualTo':
      return filterOf(restriction.field)?.kind === 'boolean' && termOf(restriction) !== undefined;
    default:
      return false;
  }
}

function joined(terms: readonly Term[], separator: string): Term {
  const [only] = terms;
  if (terms.length === 1 && only !== undefined) return only;
  return {
    text: `(${terms.map(({ text }) => text).join(separator)})`,
    paths: new Set(terms.flatMap(({ paths }) => [...paths])),
  };
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
