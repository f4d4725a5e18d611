/**
 * Characters and references of XML.
 *
 * @see https://www.w3.org/TR/xml/#charsets and https://www.w3.org/TR/xml/#sec-references
 */
import { malformed } from './malformed.ts';

// oxlint-disable-next-line no-control-regex -- the characters XML 1.0 forbids are the point
export const FORBIDDEN_CHARACTER = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
/** An ampersand that begins no reference XML knows without a DTD. */
export const BAD_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)/;
const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#(\d+)|#x([0-9A-Fa-f]+));/g;
const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text with its character and entity references resolved. */
export function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    REFERENCE,
    (_, name: string | undefined, decimal: string | undefined, hex: string | undefined) => {
      if (name !== undefined) return PREDEFINED[name] ?? '';
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(decimal, 10);
      if (!isXmlCharacter(code)) throw malformed('a character reference to a character XML does not allow');
      return String.fromCodePoint(code);
    },
  );
}

/** Text of an answer for people: what cannot be unescaped stays as it is. */
export function plainText(text: string): string {
  try {
    return unescapeXml(text);
  } catch {
    return text;
  }
}

function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
