/** Text as XML, in the form that every EWS client reads. */

// oxlint-disable-next-line no-control-regex -- the characters XML 1.0 forbids are the point
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// oxlint-disable-next-line no-control-regex -- the characters XML 1.0 forbids are the point
const SPECIAL = /[\x00-\x08\x0b-\x1f&<>"\ud800-\udfff\ufffe\uffff]/;

/**
 * Text made safe for XML content and quoted attributes; characters XML does not allow become U+FFFD.
 * CR is written as a reference: parsers make LF of a raw one.
 *
 * @see https://www.w3.org/TR/xml/#charsets and https://www.w3.org/TR/xml/#sec-line-ends
 */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text
    .replace(FORBIDDEN, '\ufffd')
    .replace(LONE_SURROGATES, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\r/g, '&#xD;');
}

/**
 * Text made safe for a quoted attribute, where parsers make blanks of raw tabs and line feeds.
 *
 * @see https://www.w3.org/TR/xml/#AVNormalize
 */
export function escapeAttribute(text: string): string {
  return escapeXml(text).replace(/\n/g, '&#xA;').replace(/\t/g, '&#x9;');
}
