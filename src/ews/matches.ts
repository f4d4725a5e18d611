/** Evaluates a restriction over the values of one item or folder. */
import { normalized } from '../normal-form.ts';
import type { Field } from './field.ts';
import type { Comparison, Restriction } from './restriction.ts';

/** A property's value; undefined where the entry does not have it. Binary values are base64 strings. */
export type FieldValue = string | number | boolean | Date | readonly string[] | undefined;

export type ValueOf = (field: Field) => FieldValue;

/** Whether an entry fits. A property it does not have fits no comparison but IsNotEqualTo. */
export function matches(restriction: Restriction, valueOf: ValueOf): boolean {
  switch (restriction.kind) {
    case 'And':
      return restriction.operands.every((operand) => matches(operand, valueOf));
    case 'Or':
      return restriction.operands.some((operand) => matches(operand, valueOf));
    case 'Not':
      return !matches(restriction.operand, valueOf);
    case 'Exists':
      return valueOf(restriction.field) !== undefined;
    case 'Excludes': {
      const value = valueOf(restriction.field);
      return typeof value === 'number' && (value & restriction.bitmask) === 0;
    }
    case 'Contains': {
      const fold = (text: string): string => folded(text, restriction.ignoreCase, restriction.ignoreNonSpacing);
      const wanted = fold(restriction.value);
      return texts(valueOf(restriction.field)).some((text) => containsText(fold(text), wanted, restriction.mode));
    }
    default: {
      const { field, kind, operand } = restriction;
      const other = operand.kind === 'constant' ? operand.value : valueOf(operand);
      return compares(kind, valueOf(field), other);
    }
  }
}

/**
 * Compares two values as what the first one is; a constant of a request is text.
 *
 * @returns below, equal to or above zero, undefined where they can't be compared
 */
export function compareValues(left: FieldValue, right: FieldValue): number | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (left instanceof Date) {
    const other = right instanceof Date ? right.getTime() : typeof right === 'string' ? timeOf(right) : Number.NaN;
    return difference(left.getTime(), other);
  }
  if (typeof left === 'boolean') return difference(Number(left), booleanOf(right));
  if (typeof left === 'number') return difference(left, typeof right === 'string' ? numberOf(right) : Number(right));
  const [a, b] = [text(left), text(right)].map((one) => one.toLowerCase());
  return a === undefined || b === undefined ? undefined : a < b ? -1 : a > b ? 1 : 0;
}

function compares(kind: Comparison, left: FieldValue, right: FieldValue): boolean {
  if (Array.isArray(left) && typeof right === 'string') {
    const has = left.some((one) => compareValues(one, right) === 0);
    if (kind === 'IsEqualTo') return has;
    if (kind === 'IsNotEqualTo') return !has;
  }
  const order = compareValues(left, right);
  if (order === undefined) return kind === 'IsNotEqualTo';
  switch (kind) {
    case 'IsEqualTo':
      return order === 0;
    case 'IsNotEqualTo':
      return order !== 0;
    case 'IsGreaterThan':
      return order > 0;
    case 'IsGreaterThanOrEqualTo':
      return order >= 0;
    case 'IsLessThan':
      return order < 0;
    case 'IsLessThanOrEqualTo':
      return order <= 0;
  }
}

function difference(left: number, right: number): number | undefined {
  return Number.isNaN(left) || Number.isNaN(right) ? undefined : Math.sign(left - right);
}

/** exchangelib writes booleans as 0 and 1. */
function booleanOf(value: FieldValue): number {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return Number.NaN;
  const word = value.trim().toLowerCase();
  return word === 'true' || word === '1' ? 1 : word === 'false' || word === '0' ? 0 : Number.NaN;
}

function numberOf(value: string): number {
  return value.trim() === '' ? Number.NaN : Number(value);
}

/** xs:dateTime, where one without an offset is in UTC. */
function timeOf(value: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*(Z|[+-]\d\d:\d\d)?$/.exec(value.trim());
  return match === null ? Number.NaN : Date.parse(`${match[1]}${match[2] ?? 'Z'}`);
}

function text(value: FieldValue): string {
  return Array.isArray(value) ? value.join('; ') : String(value);
}

function texts(value: FieldValue): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value : [];
}

function folded(value: string, ignoreCase: boolean, ignoreNonSpacing: boolean): string {
  const base = ignoreNonSpacing ? normalized(value, 'NFD').replace(/\p{Mn}/gu, '') : value;
  return ignoreCase ? base.toLowerCase() : base;
}

function containsText(value: string, wanted: string, mode: string): boolean {
  switch (mode) {
    case 'FullString':
      return value === wanted;
    case 'Prefixed':
      return value.startsWith(wanted);
    case 'Substring':
      return value.includes(wanted);
    default:
      return atWord(value, wanted, mode === 'ExactPhrase');
  }
}

/** Whether the text stands at the beginning of a word, and where it must be whole, ends with one. */
function atWord(value: string, wanted: string, whole: boolean): boolean {
  for (const end of endsOf(value, wanted)) {
    const start = end - wanted.length;
    const begins = start === 0 || !isWordCharacter(value.charAt(start - 1));
    if (begins && (!whole || end === value.length || !isWordCharacter(value.charAt(end)))) return true;
  }
  return false;
}

/**
 * Where a text ends within another, each time that it stands there, overlapping too. Linear in both (Knuth, Morris and
 * Pratt): with indexOf, a long text of one letter in a longer one takes the product of their lengths.
 */
function* endsOf(value: string, wanted: string): Generator<number> {
  if (wanted === '') return yield 0;
  /** For each beginning of the wanted text: how much of its end is a shorter beginning. */
  const shorter = new Uint32Array(wanted.length + 1);
  const advance = (matched: number, code: number): number => {
    let length = matched === wanted.length ? (shorter[matched] ?? 0) : matched;
    while (length > 0 && wanted.charCodeAt(length) !== code) length = shorter[length] ?? 0;
    return wanted.charCodeAt(length) === code ? length + 1 : length;
  };
  for (let index = 1, length = 0; index < wanted.length; index++)
    shorter[index + 1] = length = advance(length, wanted.charCodeAt(index));
  for (let index = 0, matched = 0; index < value.length; index++) {
    matched = advance(matched, value.charCodeAt(index));
    if (matched === wanted.length) yield index + 1;
  }
}

function isWordCharacter(character: string): boolean {
  return /[\p{L}\p{N}_]/u.test(character);
}
