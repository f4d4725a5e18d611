/**
 * The form in which a client wants each body of an item: HTML or text, filtered, and how much of it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/itemshape
 */
import { htmlToText, textToHtml } from './html-text.ts';
import type { Body } from './properties/values.ts';
import type { BodyType, ItemShape } from './shape.ts';

/** The properties that are bodies. */
export type BodyUri = 'item:Body' | 'item:UniqueBody' | 'item:NormalizedBody' | 'item:TextBody';

/** What a client says of bodies. */
export type BodyShape = Pick<
  ItemShape,
  'bodyType' | 'uniqueBodyType' | 'normalizedBodyType' | 'filterHtmlContent' | 'maximumBodySize'
>;

const FORMS: Readonly<Record<BodyUri, (shape: BodyShape) => BodyType>> = {
  'item:Body': ({ bodyType }) => bodyType,
  'item:UniqueBody': ({ uniqueBodyType }) => uniqueBodyType,
  'item:NormalizedBody': ({ normalizedBodyType }) => normalizedBodyType,
  'item:TextBody': () => 'Text',
};

export const BODY_URIS = Object.keys(FORMS) as readonly BodyUri[];

export function isBodyUri(uri: string): uri is BodyUri {
  return Object.hasOwn(FORMS, uri);
}

/** The form of one of the bodies. */
export function formOf(uri: BodyUri, shape: BodyShape): BodyType {
  return FORMS[uri](shape);
}

/** A body as HTML or text; `Best` leaves it as it is. */
export function inForm(body: Body, form: BodyType): Body {
  if (form === 'Best' || form === body.type) return body;
  if (form === 'Text') return { ...body, type: 'Text', text: htmlToText(body.text) };
  return { ...body, type: 'HTML', text: textToHtml(body.text) };
}

/** HTML that cannot be unsafe, for a client that wants it filtered: what it says, without what it looks like. */
export function plainHtml(body: Body): Body {
  return body.type === 'Text' ? body : { ...body, text: textToHtml(htmlToText(body.text)) };
}

/**
 * The beginning of a body, in whole characters.
 *
 * @param maximum of bytes in UTF-8; 0 and undefined are no bound
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/maximumbodysize
 */
export function shortBody(body: Body, maximum: number | undefined): Body {
  // No character has more bytes than three times its length.
  if (maximum === undefined || maximum === 0 || body.text.length * 3 <= maximum) return body;
  const bytes = Buffer.from(body.text);
  if (bytes.length <= maximum) return body;
  let end = maximum;
  // Not within a character: the bytes that go on with one begin with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return { ...body, text: bytes.toString('utf8', 0, end), isTruncated: true };
}
