/**
 * Restrictions of FindItem and FindFolder as a small tree.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/restriction
 */
import { child, children, type EwsElement } from './element.ts';
import { fieldIn, fieldOf, type Field } from './field.ts';
import { ResponseError } from './response-messages.ts';

const COMPARISONS = [
  'IsEqualTo',
  'IsNotEqualTo',
  'IsGreaterThan',
  'IsGreaterThanOrEqualTo',
  'IsLessThan',
  'IsLessThanOrEqualTo',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

const MODES = ['FullString', 'Prefixed', 'Substring', 'PrefixOnWords', 'ExactPhrase'] as const;
export type ContainmentMode = (typeof MODES)[number];

export type Operand = { readonly kind: 'constant'; readonly value: string } | Field;

export type Restriction =
  | { readonly kind: 'And' | 'Or'; readonly operands: readonly Restriction[] }
  | { readonly kind: 'Not'; readonly operand: Restriction }
  | { readonly kind: 'Exists'; readonly field: Field }
  | { readonly kind: 'Excludes'; readonly field: Field; readonly bitmask: number }
  | {
      readonly kind: 'Contains';
      readonly field: Field;
      readonly value: string;
      readonly mode: ContainmentMode;
      readonly ignoreCase: boolean;
      readonly ignoreNonSpacing: boolean;
    }
  | { readonly kind: Comparison; readonly field: Field; readonly operand: Operand };

/** Deeper and larger ones are refused, as Exchange does. */
const MAX_DEPTH = 64;
const MAX_NODES = 10_000;

/**
 * @param element `m:Restriction`
 * @returns undefined where there is none
 * @throws ResponseError ErrorInvalidRestriction, ErrorRestrictionTooComplex and those of its fields
 */
export function parseRestriction(element: EwsElement | undefined): Restriction | undefined {
  if (element === undefined) return undefined;
  const [expression, ...more] = children(element);
  if (expression === undefined || more.length > 0) throw invalid('it must hold one expression');
  return parse(expression, 0, { nodes: 0 });
}

function parse(element: EwsElement, depth: number, count: { nodes: number }): Restriction {
  if (depth > MAX_DEPTH || ++count.nodes > MAX_NODES)
    throw new ResponseError('ErrorRestrictionTooComplex', 'The restriction is too complex.');
  const { localName } = element;
  const inner = (): Restriction[] => children(element).map((operand) => parse(operand, depth + 1, count));
  switch (localName) {
    case 'And':
    case 'Or': {
      const operands = inner();
      if (operands.length === 0) throw invalid(`${localName} is empty`);
      return { kind: localName, operands };
    }
    case 'Not': {
      const [operand, ...more] = inner();
      if (operand === undefined || more.length > 0) throw invalid('Not must hold one expression');
      return { kind: 'Not', operand };
    }
    case 'Exists':
      return { kind: 'Exists', field: fieldIn(element) };
    case 'Excludes':
      return { kind: 'Excludes', field: fieldIn(element), bitmask: bitmask(element) };
    case 'Contains':
      return contains(element);
  }
  const kind = COMPARISONS.find((name) => name === localName);
  if (kind === undefined) throw invalid(`${localName} is no operator`);
  return { kind, field: fieldIn(element), operand: operand(child(element, 'FieldURIOrConstant')) };
}

function operand(element: EwsElement | undefined): Operand {
  const [value] = children(element);
  if (value === undefined) throw invalid('a comparison has no FieldURIOrConstant');
  if (value.localName === 'Constant') return { kind: 'constant', value: value.attributes.get('Value') ?? '' };
  const field = fieldOf(value);
  if (field === undefined) throw invalid(`${value.localName} can't be compared with`);
  return field;
}

function contains(element: EwsElement): Restriction {
  const comparison = element.attributes.get('ContainmentComparison') ?? 'Exact';
  const mode = element.attributes.get('ContainmentMode') ?? 'FullString';
  const known = MODES.find((name) => name === mode);
  const constant = child(element, 'Constant')?.attributes.get('Value');
  if (known === undefined || constant === undefined) throw invalid('Contains is not complete');
  const isLoose = comparison.startsWith('Loose');
  return {
    kind: 'Contains',
    field: fieldIn(element),
    value: constant,
    mode: known,
    ignoreCase: isLoose || comparison.includes('IgnoreCase'),
    ignoreNonSpacing: isLoose || comparison.includes('NonSpac'),
  };
}

/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/bitmask */
function bitmask(element: EwsElement): number {
  const text = child(element, 'Bitmask')?.attributes.get('Value')?.trim() ?? '';
  if (!/^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) throw invalid('its Bitmask is no number');
  return Number(text) >>> 0;
}

function invalid(why: string): ResponseError {
  return new ResponseError('ErrorInvalidRestriction', `The restriction is not valid: ${why}.`);
}
