/**
 * What Outlook refuses of a filter that the grammar allows.
 *
 * @see https://learn.microsoft.com/graph/api/user-list-messages (Using filter and orderby in the same query)
 */
import type { GraphBehaviour } from './behaviour.ts';
import { inefficientFilter, invalidFilterNodes, type GraphError } from './errors.ts';
import { parsePropertyId } from './extended-properties.ts';
import type { Filter, Literal, Operand } from './filter-parser.ts';
import type { Model } from './model.ts';
import { uriError } from './query-options.ts';

interface Checking {
  readonly model: Model;
  readonly type: string;
  readonly behaviour: GraphBehaviour;
}

/** Recipients' lists are refused although the documentation shows them [thread graph-explorer-v4#3957]. */
const UNFILTERABLE: ReadonlySet<string> = new Set([
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
  'internetMessageHeaders',
  'attachments',
  'multiValueExtendedProperties',
  'extensions',
]);

/** Of the body only `contains` [code davmail]. */
const CONTAINS_ONLY = 'body/content';

/**
 * Holds a filter against the model and against what Outlook's index can do.
 *
 * @throws GraphError
 */
export function checkFilter(filter: Filter, checking: Checking, variable?: string): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      checkFilter(filter.left, checking, variable);
      checkFilter(filter.right, checking, variable);
      return;
    case 'not':
      return checkFilter(filter.of, checking, variable);
    case 'isof':
      // [thread microsoft-graph-docs#6842]
      throw invalidFilterNodes();
    case 'any':
      return checkAny(filter, checking);
    case 'flag':
      if (pathType(filter.path, checking, variable) !== 'Edm.Boolean') throw invalidFilterNodes();
      return;
    case 'text': {
      const type = operandType(filter.left, checking, variable);
      if (type !== undefined && type !== 'Edm.String') throw incompatible(checking, type, 'Edm.String', filter.name);
      if (filter.right.kind !== 'literal' || typeof filter.right.value !== 'string') throw invalidFilterNodes();
      if (filter.name === 'endswith') throw invalidFilterNodes();
      if (filter.left.kind === 'path' && filter.left.path === CONTAINS_ONLY && filter.name !== 'contains')
        throw invalidFilterNodes();
      return;
    }
    case 'compare': {
      const left = operandType(filter.left, checking, variable);
      const right = operandType(filter.right, checking, variable);
      if (filter.right.kind !== 'literal') throw invalidFilterNodes();
      if (filter.left.kind === 'path' && filter.left.path === CONTAINS_ONLY) throw invalidFilterNodes();
      if (!compatible(left, right, checking.model)) throw incompatible(checking, left, right, filter.operator);
    }
  }
}

function checkAny(filter: Extract<Filter, { kind: 'any' }>, checking: Checking): void {
  const { model, type } = checking;
  const member = model.member(type, filter.path);
  if (member === undefined) throw unknown(filter.path, checking);
  // [thread microsoft-graph-docs#17950] for multi-valued extended properties.
  if (UNFILTERABLE.has(filter.path)) throw invalidFilterNodes();
  if (filter.path === 'categories') {
    if (filter.of !== undefined) checkFilter(filter.of, { ...checking, type: 'Edm.String' }, filter.variable);
    return;
  }
  if (filter.path !== 'singleValueExtendedProperties' || filter.of === undefined) throw invalidFilterNodes();
  if (extendedId(filter) === undefined) throw invalidFilterNodes();
  checkFilter(filter.of, { ...checking, type: 'singleValueLegacyExtendedProperty' }, filter.variable);
}

/** The property that `any(ep: ep/id eq '…' and …)` names. */
export function extendedId({ of, variable }: Extract<Filter, { kind: 'any' }>): string | undefined {
  for (let at: Filter | undefined = of; at !== undefined; at = at.kind === 'and' ? at.left : undefined) {
    const term: Filter = at;
    const isId = (operand: Operand): boolean => operand.kind === 'path' && operand.path === `${variable}/id`;
    if (term.kind === 'compare' && term.operator === 'eq' && isId(term.left) && term.right.kind === 'literal') {
      const id = String(term.right.value);
      parsePropertyId(id);
      return id;
    }
  }
  return undefined;
}

function operandType(operand: Operand, checking: Checking, variable?: string): string | undefined {
  if (operand.kind === 'literal') return literalType(operand.value);
  if (operand.kind === 'cast') {
    pathType(operand.path, checking, variable);
    // A cast without a value to compare as would be refused by its type.
    return operand.type === 'Edm.Binary' ? 'Edm.String' : operand.type;
  }
  return pathType(operand.path, checking, variable);
}

function pathType(path: string, checking: Checking, variable?: string): string {
  const segments = path.split('/');
  if (variable !== undefined && segments[0] === variable) {
    if (segments.length === 1) return checking.type;
    segments.shift();
  }
  let { type } = checking;
  for (const segment of segments) {
    const member = checking.model.member(type, segment);
    if (member === undefined) throw unknown(segment, { ...checking, type });
    if (UNFILTERABLE.has(segment) && checking.type === 'message') throw invalidFilterNodes();
    if (segment === 'createdDateTime' && checking.behaviour.creationInQueries === 'refused') throw invalidFilterNodes();
    type = member.type;
  }
  return type;
}

function literalType(value: Literal): string {
  if (value === null) return 'null';
  if (value instanceof Date) return 'Edm.DateTimeOffset';
  if (typeof value === 'number') return 'Edm.Int32';
  return typeof value === 'boolean' ? 'Edm.Boolean' : 'Edm.String';
}

function compatible(left: string | undefined, right: string | undefined, model: Model): boolean {
  if (left === undefined || left === right || right === 'null') return true;
  if (model.type(left)?.kind === 'EnumType') return right === 'Edm.String';
  const numbers = /^Edm\.(?:Int16|Int32|Int64|Double|Single|Decimal)$/;
  return numbers.test(left) && right === 'Edm.Int32';
}

function unknown(name: string, { type, behaviour }: Checking): GraphError {
  return uriError(`Could not find a property named '${name}' on type 'microsoft.graph.${type}'.`, behaviour, 'filter');
}

const KINDS: Readonly<Record<string, string>> = {
  eq: 'Equal',
  ne: 'NotEqual',
  gt: 'GreaterThan',
  ge: 'GreaterThanOrEqual',
  lt: 'LessThan',
  le: 'LessThanOrEqual',
};

function incompatible({ behaviour }: Checking, left = '', right = '', operator = ''): GraphError {
  return uriError(
    'A binary operator with incompatible types was detected. Found operand types ' +
      `'${left}' and '${right}' for operator kind '${KINDS[operator] ?? operator}'.`,
    behaviour,
    'filter',
  );
}

interface Term {
  readonly path: string;
  readonly kind: 'compare' | 'contains' | 'startswith' | 'other';
}

function termsOf(filter: Filter): Term[] {
  const pathOf = (operand: Operand): string => (operand.kind === 'literal' ? '' : operand.path);
  switch (filter.kind) {
    case 'and':
    case 'or':
      return [...termsOf(filter.left), ...termsOf(filter.right)];
    case 'not':
      return termsOf(filter.of);
    case 'compare':
      return [{ path: pathOf(filter.left), kind: 'compare' }];
    case 'text':
      return [{ path: pathOf(filter.left), kind: filter.name === 'contains' ? 'contains' : 'startswith' }];
    case 'any':
    case 'flag':
      return [{ path: filter.path, kind: 'other' }];
    case 'isof':
      return [];
  }
}

const FLAGS: ReadonlySet<string> = new Set(['isRead', 'hasAttachments', 'isDraft']);

/**
 * Whether a filter and a sort order go together: properties of `$orderby` must come first in `$filter`, in the same
 * order, before those that are not in `$orderby`.
 *
 * @returns false where the list then comes unsorted
 * @throws GraphError InefficientFilter
 */
export function checkSorting(filter: Filter, orderBy: readonly string[], behaviour: GraphBehaviour): boolean {
  const terms = termsOf(filter);
  const distinct = [...new Set(terms.map(({ path }) => path))];
  if (orderBy.some((path, index) => distinct[index] !== path)) {
    if (behaviour.sortOutsideFilter === 'refused') throw inefficientFilter();
    return false;
  }
  for (const { path, kind } of terms) {
    const isSorted = orderBy.includes(path);
    // [thread Mail-Otter#168]
    if (kind === 'contains' && !isSorted) throw inefficientFilter();
    if (kind === 'startswith' && !isSorted && behaviour.startswithSorted === 'refused') throw inefficientFilter();
    // [thread outlook-mcp#31]
    if (path === 'inferenceClassification' || path === 'conversationId') throw inefficientFilter();
    if (!isSorted && behaviour.dateFirstCarries === 'flags' && !FLAGS.has(path)) throw inefficientFilter();
  }
  return true;
}
