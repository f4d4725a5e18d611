/**
 * Texts in lists, of which an answer gives the beginning.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
 */
import { ITEM_PROPERTIES } from '../../../ews/properties/elements.ts';
import type { PropertyValue } from '../../../ews/properties/values.ts';

/** Characters, in UTF-16, that a list gives of a text. */
const LONGEST_TEXT = 255;

/** Exchange makes up the links: they are no stored texts, and useless without their end. */
const TEXTS: ReadonlySet<string> = new Set(
  ITEM_PROPERTIES.filter(({ uri, kind }) => kind === 'string' && !uri.startsWith('item:WebClient')).map(
    ({ uri }) => uri,
  ),
);

/** The beginning of a text, never half of a character. */
export function shortText(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const isHalf = /[\uD800-\uDBFF]/.test(text[LONGEST_TEXT - 1] ?? '');
  return text.slice(0, isHalf ? LONGEST_TEXT - 1 : LONGEST_TEXT);
}

/** The value of a property in a list. */
export function inList(uri: string, value: PropertyValue | undefined): PropertyValue | undefined {
  return typeof value === 'string' && TEXTS.has(uri) ? shortText(value) : value;
}
