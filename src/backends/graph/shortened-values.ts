/**
 * What an answer has less of than the message: texts in lists, and bodies that a client wants only the beginning of.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/maximumbodysize
 */
import { ITEM_PROPERTIES } from '../../ews/properties/elements.ts';
import type { Body, PropertyValue } from '../../ews/properties/values.ts';

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

/** @param maximum of bytes in UTF-8; 0 and undefined are no bound */
export function shortBody(value: PropertyValue | undefined, maximum: number | undefined): PropertyValue | undefined {
  if (maximum === undefined || maximum === 0 || !isBody(value)) return value;
  // No character has more bytes than three times its length.
  if (value.text.length * 3 <= maximum) return value;
  const bytes = Buffer.from(value.text);
  if (bytes.length <= maximum) return value;
  let end = maximum;
  // Not within a character: the bytes that go on with one begin with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return { ...value, text: bytes.toString('utf8', 0, end), isTruncated: true };
}

function isBody(value: PropertyValue | undefined): value is Body {
  return typeof value === 'object' && 'text' in value && 'type' in value;
}
