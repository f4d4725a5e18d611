/**
 * Simple types: what a text or an attribute may say. The words of a refusal are those of .NET's validator, which
 * Exchange shows to its clients.
 *
 * @see https://www.w3.org/TR/xmlschema-2/
 */
import type { SchemaNode } from './schema-nodes.ts';

export interface SimpleType {
  readonly kind: 'simple';
  /** Namespace, a colon and the local name; of a type without a name, of the type it is made from. */
  readonly name: string;
  /** Whether any text will do, so that nothing needs to look at it. */
  readonly isFree: boolean;
  /** Why a value is none of this type; undefined where it is one. */
  refusalOf(value: string): string | undefined;
}

export const XML_SCHEMA = 'http://www.w3.org/2001/XMLSchema';

const INTEGERS: Readonly<Record<string, readonly [dotNet: string, minimum: bigint, maximum: bigint]>> = {
  short: ['Int16', -(2n ** 15n), 2n ** 15n - 1n],
  int: ['Int32', -(2n ** 31n), 2n ** 31n - 1n],
  long: ['Int64', -(2n ** 63n), 2n ** 63n - 1n],
  unsignedShort: ['UInt16', 0n, 2n ** 16n - 1n],
  unsignedInt: ['UInt32', 0n, 2n ** 32n - 1n],
  // Without bounds in the schema; what fits no number of 64 bits is no value of EWS either.
  integer: ['Decimal', -(2n ** 63n), 2n ** 63n - 1n],
  nonNegativeInteger: ['Decimal', 0n, 2n ** 63n - 1n],
};
const ZONE = '(?:Z|[+-](?:0\\d|1[0-3]):[0-5]\\d|[+-]14:00)?';
const DAY = '(?!0000)\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])';
const CLOCK = '(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?|24:00:00(?:\\.0+)?)';
const PATTERNS: Readonly<Record<string, readonly [dotNet: string, pattern: RegExp]>> = {
  boolean: ['Boolean', /^(?:true|false|0|1)$/],
  dateTime: ['DateTime', new RegExp(`^${DAY}T${CLOCK}${ZONE}$`)],
  date: ['Date', new RegExp(`^${DAY}${ZONE}$`)],
  time: ['Time', new RegExp(`^${CLOCK}${ZONE}$`)],
  duration: ['TimeSpan', /^-?P(?=[\dT])(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/],
  double: ['Double', /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|-?INF|NaN)$/],
  language: ['String', /^[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*$/],
};
const FREE: ReadonlySet<string> = new Set(['string', 'anyURI', 'anySimpleType']);
/** Texts of which a refusal shows no more. */
const SHOWN = 100;

/** A type of XML Schema itself. @throws Error for one that the schemas of EWS do not use */
export function builtIn(localName: string): SimpleType {
  return {
    kind: 'simple',
    name: `${XML_SCHEMA}:${localName}`,
    isFree: FREE.has(localName),
    refusalOf: checkOf(localName),
  };
}

type Check = SimpleType['refusalOf'];

function checkOf(localName: string): Check {
  if (FREE.has(localName)) return () => undefined;
  if (localName === 'base64Binary') return (value) => (isBase64(value) ? undefined : notValid(value, 'Base64'));
  const integer = INTEGERS[localName];
  if (integer !== undefined) {
    const [dotNet, minimum, maximum] = integer;
    return (value) => (isInteger(value.trim(), minimum, maximum) ? undefined : notValid(value, dotNet));
  }
  const named = PATTERNS[localName];
  if (named === undefined) throw new Error(`the schemas are not known to use xs:${localName}`);
  const [dotNet, pattern] = named;
  const isDate = localName.startsWith('date');
  return (value) => {
    const text = value.trim();
    return pattern.test(text) && (!isDate || isDay(text)) ? undefined : notValid(value, dotNet);
  };
}

function isInteger(text: string, minimum: bigint, maximum: bigint): boolean {
  if (!/^[+-]?\d{1,30}$/.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ''));
  return value >= minimum && value <= maximum;
}

function isBase64(value: string): boolean {
  const text = value.replace(/[ \t\r\n]+/g, '');
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** Whether the month has such a day. */
function isDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  return (
    new Date(Date.UTC(2000, month ?? 0, 0)).getUTCDate() >= (day ?? 0) && (month !== 2 || day !== 29 || isLeap(year))
  );
}

function isLeap(year = 0): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function notValid(value: string, dotNet: string): string {
  return `The string '${value.slice(0, SHOWN)}' is not a valid ${dotNet} value.`;
}

/** What a schema says of types by their name. */
export interface TypeLookup {
  /** @param qName with the schema's prefix */
  simple(qName: string): SimpleType;
}

/** @param name namespace, a colon and local name; undefined for a type without a name */
export function simpleType(node: SchemaNode, name: string | undefined, types: TypeLookup): SimpleType {
  const [definition] = node.children;
  switch (definition?.kind) {
    case 'list':
      return list(definition, name, types);
    case 'union':
      return union(definition, name, types);
    case 'restriction':
      return restriction(definition, name, types);
    default:
      throw new Error(`a simple type is made by ${definition?.kind}`);
  }
}

/** The base of a restriction, narrowed by facets; also where they stand in simpleContent. */
export function restriction(node: SchemaNode, name: string | undefined, types: TypeLookup): SimpleType {
  const base = types.simple(node.attributes.get('base') ?? '');
  const valuesOf = (kind: string): string[] =>
    node.children.filter((child) => child.kind === kind).map(({ attributes }) => attributes.get('value') ?? '');
  const enumeration = new Set(valuesOf('enumeration'));
  const patterns = valuesOf('pattern').map((pattern) => new RegExp(`^(?:${pattern})$`));
  const numberOf = (kind: string): number | undefined => valuesOf(kind).map(Number)[0];
  const [length, minLength] = [numberOf('length'), numberOf('minLength')];
  const [minimum, maximum] = [numberOf('minInclusive'), numberOf('maxInclusive')];
  return {
    kind: 'simple',
    name: name ?? base.name,
    isFree: base.isFree && enumeration.size === 0 && patterns.length === 0 && length === undefined && !minLength,
    refusalOf: (value) => {
      const refused = base.refusalOf(value);
      if (refused !== undefined) return refused;
      const text = base.isFree ? value : value.trim();
      if (enumeration.size > 0 && !enumeration.has(text)) return 'The Enumeration constraint failed.';
      if (patterns.length > 0 && !patterns.some((pattern) => pattern.test(text)))
        return 'The Pattern constraint failed.';
      if (length !== undefined && lengthOf(text, base) !== length)
        return 'The actual length is not equal to the specified length.';
      if (minLength !== undefined && lengthOf(text, base) < minLength)
        return 'The actual length is less than the MinLength value.';
      if (minimum !== undefined && Number(text) < minimum) return 'The MinInclusive constraint failed.';
      return maximum !== undefined && Number(text) > maximum ? 'The MaxInclusive constraint failed.' : undefined;
    },
  };
}

/** Characters, or bytes of base64. */
function lengthOf(text: string, base: SimpleType): number {
  return base.name.endsWith(':base64Binary') ? Buffer.from(text, 'base64').length : [...text].length;
}

function list(node: SchemaNode, name: string | undefined, types: TypeLookup): SimpleType {
  const itemType = node.attributes.get('itemType');
  const [inner] = node.children;
  const item =
    itemType === undefined && inner !== undefined ? simpleType(inner, name, types) : types.simple(itemType ?? '');
  return {
    kind: 'simple',
    name: name ?? item.name,
    isFree: item.isFree,
    refusalOf: (value) => {
      for (const one of value.split(/[ \t\r\n]+/)) {
        const refused = one === '' ? undefined : item.refusalOf(one);
        if (refused !== undefined) return refused;
      }
      return undefined;
    },
  };
}

function union(node: SchemaNode, name: string | undefined, types: TypeLookup): SimpleType {
  const named = (node.attributes.get('memberTypes') ?? '').split(/\s+/).filter((one) => one !== '');
  const members = [
    ...named.map((one) => types.simple(one)),
    ...node.children.map((one) => simpleType(one, name, types)),
  ];
  return {
    kind: 'simple',
    name: name ?? members[0]?.name ?? '',
    isFree: members.some(({ isFree }) => isFree),
    refusalOf: (value) =>
      members.some((member) => member.refusalOf(value) === undefined)
        ? undefined
        : `The value '${value.slice(0, SHOWN)}' is not valid according to any of the memberTypes of the union.`,
  };
}
