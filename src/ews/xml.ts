/**
 * Writes XML by a tagged template that escapes by itself.
 *
 * @example xml`<t:Subject>${subject}</t:Subject>`
 */
import { escapeAttribute, escapeXml } from '../soap/escape.ts';

/** Well-formed markup, made by {@link xml} or {@link trustedMarkup} only. */
export class XmlFragment {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  toString(): string {
    return this.markup;
  }
}

/** What may stand in a template; undefined writes nothing. Numbers are integers and written as Int32. */
export type XmlValue = string | number | boolean | undefined | XmlFragment | readonly XmlValue[];

/** Nothing. */
export const NO_XML = new XmlFragment('');

/**
 * - As content, text is escaped, a text of blanks only is written as none (some clients make an object of
 *   it), fragments stand as they are, and lists are joined.
 * - As an attribute, `name="${value}"`, the value is escaped; undefined removes the attribute and the
 *   blank before it. Nothing else may be interpolated inside a tag.
 *
 * @throws TypeError where a value stands where it can't, RangeError where a number is not finite
 */
export function xml(strings: TemplateStringsArray, ...values: readonly XmlValue[]): XmlFragment {
  const { literals, attributes } = planOf(strings);
  let markup = literals[0] ?? '';
  for (const [index, value] of values.entries()) {
    const name = attributes[index];
    if (name === undefined) markup += content(value);
    else if (value !== undefined) markup += ` ${name}="${escapeAttribute(scalar(value))}"`;
    markup += literals[index + 1] ?? '';
  }
  return new XmlFragment(markup);
}

/** Markup that was escaped elsewhere. Never give it anything that came from a client or a mailbox. */
export function trustedMarkup(markup: string): XmlFragment {
  return new XmlFragment(markup);
}

/** An element of the types namespace with these fragments; self-closed where there are none. */
export function element(name: string, children: XmlValue): XmlFragment {
  const inner = content(children);
  return new XmlFragment(inner === '' ? `<t:${name}/>` : `<t:${name}>${inner}</t:${name}>`);
}

/** The nearest 32-bit integer: clients read no other. @throws RangeError where it is not finite */
export function int32(value: number): number {
  if (Number.isNaN(value)) throw new RangeError('not a number');
  return Math.min(Math.max(Math.trunc(value), -2_147_483_648), 2_147_483_647);
}

const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59);

/** xs:dateTime in UTC and whole seconds, the only form all clients read. @throws RangeError for an invalid date */
export function dateTime(date: Date): string {
  const time = Math.min(Math.max(date.getTime(), FIRST), LAST);
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

interface Plan {
  /** Literal text around the values; what belongs to a whole attribute is cut off. */
  readonly literals: readonly string[];
  /** For each value the name of the attribute that it is, undefined for content. */
  readonly attributes: readonly (string | undefined)[];
}

const plans = new WeakMap<TemplateStringsArray, Plan>();
const ATTRIBUTE = /\s+([A-Za-z_][-.\w]*(?::[-.\w]+)?)="$/;

function planOf(strings: TemplateStringsArray): Plan {
  let plan = plans.get(strings);
  if (plan === undefined) plans.set(strings, (plan = makePlan(strings)));
  return plan;
}

function makePlan(strings: TemplateStringsArray): Plan {
  const literals = [...strings];
  const attributes: (string | undefined)[] = [];
  let before = '';
  for (let index = 0; index < literals.length - 1; index++) {
    before += strings[index] ?? '';
    const isInTag = before.lastIndexOf('<') > before.lastIndexOf('>');
    attributes.push(isInTag ? cutAttribute(literals, index) : undefined);
  }
  return { literals, attributes };
}

function cutAttribute(literals: string[], index: number): string {
  const before = literals[index] ?? '';
  const after = literals[index + 1] ?? '';
  const match = ATTRIBUTE.exec(before);
  if (match?.[1] === undefined || !after.startsWith('"'))
    throw new TypeError(`only whole attribute values may be interpolated in a tag: ${before}`);
  literals[index] = before.slice(0, match.index);
  literals[index + 1] = after.slice(1);
  return match[1];
}

function content(value: XmlValue): string {
  if (value === undefined) return '';
  if (value instanceof XmlFragment) return value.markup;
  if (typeof value === 'object') return value.map(content).join('');
  const text = scalar(value);
  return /[^ \t\r\n]/.test(text) ? escapeXml(text) : '';
}

function scalar(value: XmlValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return String(int32(value));
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      throw new TypeError('markup cannot stand in an attribute');
  }
}
