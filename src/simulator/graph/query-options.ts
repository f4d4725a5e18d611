/**
 * The query options of a request, read and held against the model.
 *
 * @see https://learn.microsoft.com/graph/query-parameters
 */
import type { PropertyPath } from '../mailbox/extended-properties.ts';
import type { GraphBehaviour } from './behaviour.ts';
import { badRequest, GraphError } from './errors.ts';
import { parsePropertyId } from './extended-properties.ts';
import { FilterSyntaxError, parseFilter, type Filter } from './filter-parser.ts';
import type { Model } from './model.ts';

export interface Sorting {
  readonly path: string;
  readonly isDescending: boolean;
}

export interface Expand {
  /** Without a cast. */
  readonly name: string;
  /** The derived type in front: itemattachment. */
  readonly cast: string | undefined;
  readonly select: readonly string[] | undefined;
  /** Extended properties that the inner filter names. */
  readonly properties: readonly PropertyPath[];
}

export interface QueryOptions {
  readonly select: readonly string[] | undefined;
  readonly expand: readonly Expand[];
  readonly filter: Filter | undefined;
  readonly orderBy: readonly Sorting[];
  readonly top: number | undefined;
  readonly skip: number;
  readonly count: boolean;
  readonly search: string | undefined;
}

const KNOWN: ReadonlySet<string> = new Set(
  ['select', 'expand', 'filter', 'orderby', 'top', 'skip', 'count', 'search', 'skiptoken', 'deltatoken', 'format'].map(
    (name) => `$${name}`,
  ),
);

/** A URL option that the model does not know, in one of the two forms that are seen. */
export function uriError(text: string, behaviour: GraphBehaviour, option: 'select' | 'filter'): GraphError {
  if (behaviour.unknownProperty === 'RequestBroker--ParseUri')
    return new GraphError(400, 'RequestBroker--ParseUri', text);
  const prefix = option === 'filter' ? 'Invalid filter clause' : 'Parsing OData Select and Expand failed';
  return badRequest(`${prefix}: ${text}`);
}

/** An option by its name, with or without the dollar sign, which v1.0 lets one leave out [doc query-parameters]. */
export function optionOf(query: URLSearchParams, name: string): string | undefined {
  for (const [key, value] of query) if (key.toLowerCase().replace(/^\$/, '') === name) return value;
  return undefined;
}

/**
 * @param type of the rows or the object
 * @throws GraphError
 */
export function readOptions(
  query: URLSearchParams,
  type: string,
  model: Model,
  behaviour: GraphBehaviour,
): QueryOptions {
  for (const key of query.keys())
    if (key.startsWith('$') && !KNOWN.has(key.toLowerCase()))
      throw badRequest(`The query parameter '${key}' is not supported.`);
  const checking = { type, model, behaviour };
  const orderBy = optionOf(query, 'orderby');
  const filter = optionOf(query, 'filter');
  const select = optionOf(query, 'select');
  const expand = optionOf(query, 'expand');
  const count = optionOf(query, 'count');
  if (count !== undefined && !/^(?:true|false)$/i.test(count))
    throw badRequest(`Invalid value '${count}' for $count query option found. Valid values are 'true' and 'false'.`);
  return {
    select: select === undefined ? undefined : readSelect(select, checking),
    expand: expand === undefined ? [] : splitTop(expand, ',').map((item) => readExpand(item.trim(), checking)),
    filter: filter === undefined ? undefined : readFilter(filter, behaviour),
    orderBy: orderBy === undefined ? [] : orderBy.split(',').map((item) => readSorting(item.trim(), checking)),
    top: readNumber(query, 'top', 1, 1000),
    skip: readNumber(query, 'skip', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    count: count?.toLowerCase() === 'true',
    search: optionOf(query, 'search'),
  };
}

interface Checking {
  readonly type: string;
  readonly model: Model;
  readonly behaviour: GraphBehaviour;
}

/** [doc user-list-messages] $top is 1 to 1000. */
function readNumber(query: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const text = optionOf(query, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(
      `Invalid value '${text}' for $${name} query option found. The $${name} query option requires a ` +
        'non-negative integer value.',
    );
  const number = Number(text);
  if (number < least || number > most)
    throw new GraphError(400, 'ErrorInvalidUrlQuery', `The value of $${name} must be between ${least} and ${most}.`);
  return number;
}

function readSelect(text: string, { type, model, behaviour }: Checking): string[] {
  return text.split(',').map((item) => {
    const name = item.trim();
    const cast = /^microsoft\.graph\.(\w+)\/(\w+)$/i.exec(name);
    if (cast !== null) {
      const derived = derivedType(model, type, cast[1] ?? '');
      if (
        behaviour.castInSelect === 'refused' ||
        derived === undefined ||
        model.member(derived, cast[2] ?? '') === undefined
      )
        throw notFound(name, type, behaviour);
      return cast[2] ?? '';
    }
    if (model.member(type, name) === undefined) throw notFound(name, type, behaviour);
    return name;
  });
}

/** A type by its name in any case, if it is derived from another. */
export function derivedType(model: Model, base: string, name: string): string | undefined {
  const known = [
    'fileAttachment',
    'itemAttachment',
    'referenceAttachment',
    'eventMessage',
    'eventMessageRequest',
    'eventMessageResponse',
    'mailSearchFolder',
  ];
  const found = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  for (let at = found; at !== undefined; at = model.type(at)?.base) if (at === base) return found;
  return undefined;
}

function notFound(name: string, type: string, behaviour: GraphBehaviour): GraphError {
  return uriError(`Could not find a property named '${name}' on type 'microsoft.graph.${type}'.`, behaviour, 'select');
}

function readExpand(item: string, { type, model, behaviour }: Checking): Expand {
  const match = /^([^()]+?)(?:\((.*)\))?$/s.exec(item);
  if (match === null) throw uriError('Found an unbalanced bracket expression.', behaviour, 'select');
  const [, path = '', inner] = match;
  const cast = /^microsoft\.graph\.(\w+)\/(\w+)$/i.exec(path);
  const owner = cast === null ? type : derivedType(model, type, cast[1] ?? '');
  const wanted = cast === null ? path : (cast[2] ?? '');
  const name = owner === undefined ? undefined : navigationNamed(model, owner, wanted);
  const member = owner === undefined || name === undefined ? undefined : model.member(owner, name);
  if (member === undefined || !member.isNavigation) throw notFound(path, type, behaviour);
  const element = member.type.replace(/^Collection\((.*)\)$/, '$1');
  const options = new URLSearchParams();
  for (const part of splitTop(inner ?? '', ';')) {
    const [key = '', ...rest] = part.split('=');
    if (key.trim() !== '') options.append(key.trim(), rest.join('='));
  }
  const select = optionOf(options, 'select');
  const isExtended = member.name.endsWith('ValueExtendedProperties');
  const filter = optionOf(options, 'filter');
  if (isExtended && filter === undefined)
    // No "all properties" [doc singlevaluelegacyextendedproperty-get].
    throw badRequest(`The expand of '${member.name}' requires a filter on 'id'.`);
  return {
    name: member.name,
    cast: cast?.[1],
    select: select === undefined ? undefined : readSelect(select, { type: element, model, behaviour }),
    properties: isExtended && filter !== undefined ? idsIn(readFilter(filter, behaviour)).map(parsePropertyId) : [],
  };
}

/** Names in $expand are compared without regard to case: the documentation writes both. */
function navigationNamed(model: Model, owner: string, wanted: string): string | undefined {
  if (model.member(owner, wanted) !== undefined) return wanted;
  const upper = ['attachments', 'singleValueExtendedProperties', 'multiValueExtendedProperties', 'item', 'event'];
  return upper.find((name) => name.toLowerCase() === wanted.toLowerCase());
}

function idsIn(filter: Filter): string[] {
  if (filter.kind === 'or') return [...idsIn(filter.left), ...idsIn(filter.right)];
  if (
    filter.kind === 'compare' &&
    filter.operator === 'eq' &&
    filter.left.kind === 'path' &&
    filter.left.path.toLowerCase() === 'id' &&
    filter.right.kind === 'literal'
  )
    return [String(filter.right.value)];
  throw badRequest("Only filters of the form id eq '…', joined by or, are supported.");
}

/** @throws GraphError */
export function readFilter(text: string, behaviour: GraphBehaviour): Filter {
  try {
    return parseFilter(text);
  } catch (error) {
    if (error instanceof FilterSyntaxError) throw uriError(error.message, behaviour, 'filter');
    throw error;
  }
}

/** What a list can be sorted by; the dates are documented, the rest inferred. */
const SORTABLE: ReadonlySet<string> = new Set([
  'receivedDateTime',
  'sentDateTime',
  'createdDateTime',
  'lastModifiedDateTime',
  'subject',
  'importance',
  'isRead',
  'hasAttachments',
  'from/emailAddress/name',
  'from/emailAddress/address',
  'displayName',
]);
/** Of these, the ones that are neither dates nor texts of a message's own. */
const FURTHER: ReadonlySet<string> = new Set([
  'importance',
  'isRead',
  'hasAttachments',
  'from/emailAddress/name',
  'from/emailAddress/address',
]);

function readSorting(item: string, { type, model, behaviour }: Checking): Sorting {
  const [path = '', direction = 'asc', ...more] = item.split(/\s+/);
  if (more.length > 0 || !/^(?:asc|desc)$/i.test(direction)) throw badRequest(`Syntax error in '${item}'.`);
  const [first = ''] = path.split('/');
  if (model.member(type, first) === undefined)
    throw uriError(
      `Could not find a property named '${first}' on type 'microsoft.graph.${type}'.`,
      behaviour,
      'filter',
    );
  const isRefused =
    (path === 'createdDateTime' && behaviour.creationInQueries === 'refused') ||
    (FURTHER.has(path) && behaviour.furtherSorts === 'refused');
  if (!SORTABLE.has(path) || isRefused)
    throw new GraphError(400, 'ErrorInvalidUrlQuery', `The property '${path}' does not support sorting.`);
  return { path, isDescending: direction.toLowerCase() === 'desc' };
}

/** Splits at a sign that stands in no brackets and no quotes. */
function splitTop(text: string, sign: ',' | ';'): string[] {
  const parts: string[] = [];
  let [depth, quoted, start] = [0, false, 0];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === sign && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}
