/**
 * Finds out in which encoding an XML document came, following XML 1.0 appendix F, and turns its
 * beginning into a string whose character offsets map to byte offsets by one multiplication.
 *
 * @see https://www.w3.org/TR/xml/#sec-guessing
 */
import { GatewayError } from '../errors.ts';

/** Encodings the gateway reads: an ASCII superset of one byte a character unit, or UTF-16. */
export type EncodingFamily = '8-bit' | 'utf-16le' | 'utf-16be';

export interface DetectedEncoding {
  readonly family: EncodingFamily;
  /** Bytes of the byte order mark, 0 if there is none. */
  readonly bomBytes: number;
  /** Bytes of one character of the text form. */
  readonly unit: 1 | 2;
}

/** UTF-8, or another superset of ASCII where a declaration says so. */
export const UTF_8_ENCODING: DetectedEncoding = { family: '8-bit', bomBytes: 0, unit: 1 };

/**
 * @param bytes the first bytes of the document; four are enough
 * @returns the encoding, or undefined where more bytes are needed
 */
export function detectEncoding(bytes: Uint8Array): DetectedEncoding | undefined {
  if (bytes.length < 4) return undefined;
  const [b0, b1, b2] = bytes;
  if (b0 === 0xef && b1 === 0xbb && b2 === 0xbf) return { family: '8-bit', bomBytes: 3, unit: 1 };
  if (b0 === 0xff && b1 === 0xfe) return { family: 'utf-16le', bomBytes: 2, unit: 2 };
  if (b0 === 0xfe && b1 === 0xff) return { family: 'utf-16be', bomBytes: 2, unit: 2 };
  if (b0 !== 0 && b1 === 0) return { family: 'utf-16le', bomBytes: 0, unit: 2 };
  if (b0 === 0 && b1 !== 0) return { family: 'utf-16be', bomBytes: 0, unit: 2 };
  return UTF_8_ENCODING;
}

/**
 * The document's beginning as a string without its byte order mark.
 *
 * UTF-8 is deliberately read as Latin-1: markup is ASCII in both, so every character is one byte
 * and offsets need no table. Only the few texts the gateway interprets are decoded for real, with
 * {@link decodeText}.
 */
export function textOf(bytes: Buffer, encoding: DetectedEncoding): string {
  const { family, bomBytes, unit } = encoding;
  const end = unit === 1 ? bytes.length : bytes.length - ((bytes.length - bomBytes) % 2);
  switch (family) {
    case '8-bit':
      return bytes.toString('latin1', bomBytes, end);
    case 'utf-16le':
      return bytes.toString('utf16le', bomBytes, end);
    case 'utf-16be':
      return Buffer.from(bytes.subarray(bomBytes, end)).swap16().toString('utf16le');
  }
}

/** Real text of a piece cut out of what {@link textOf} returned. */
export function decodeText(piece: string, encoding: DetectedEncoding, declared: string | undefined): string {
  if (encoding.family !== '8-bit' || !isUtf8(declared)) return piece;
  return Buffer.from(piece, 'latin1').toString('utf8');
}

/** Whether a document of the 8-bit family is read as UTF-8. */
export function isUtf8(declared: string | undefined): boolean {
  return declared === undefined || UTF_8.test(declared);
}

/** Bytes of a text in the form {@link textOf} gives: its exact inverse. */
export function bytesOf(text: string, encoding: DetectedEncoding): Buffer {
  if (encoding.family === '8-bit') return Buffer.from(text, 'latin1');
  const bytes = Buffer.from(text, 'utf16le');
  return encoding.family === 'utf-16le' ? bytes : bytes.swap16();
}

const UTF_8 = /^(?:utf-?8|us-ascii|ascii)$/i;
const OTHER_EIGHT_BIT = /^(?:iso-8859-1|iso_8859-1|latin1|windows-1252)$/i;
const UTF_16 = /^utf-?16(?:le|be)?$/i;

/** An encoding in the terms of a Content-Type's charset, as the gateway reads the document. */
export function charsetOf({ family, bomBytes }: DetectedEncoding, declared: string | undefined): string {
  if (family !== '8-bit') return bomBytes > 0 ? 'utf-16' : family;
  return isUtf8(declared) ? 'utf-8' : (declared ?? '').toLowerCase();
}

/**
 * Refuses a charset of HTTP that does not fit the bytes or contradicts the XML declaration. Where there is no
 * declaration, the document is read as UTF-8 whatever eight-bit charset is named.
 *
 * @throws GatewayError ENVELOPE_ENCODING
 */
export function assertCharsetFits(charset: string, encoding: DetectedEncoding, declared: string | undefined): void {
  assertEncodingFits(charset, encoding);
  if (declared !== undefined && encoding.family === '8-bit' && UTF_8.test(charset) !== UTF_8.test(declared))
    throw new GatewayError(
      'ENVELOPE_ENCODING',
      `The request's Content-Type says "${charset.slice(0, 40)}" and its XML declaration "${declared.slice(0, 40)}". ` +
        'Send UTF-8, and say so in both or in neither.',
    );
}

/**
 * Refuses an encoding name that does not fit the bytes. What is at stake is that the gateway and
 * Exchange read the same document: a name like UTF-7 or EBCDIC could make them see different ones.
 *
 * @param name value of the XML declaration's encoding or of Content-Type's charset
 * @throws GatewayError ENVELOPE_ENCODING
 */
export function assertEncodingFits(name: string, encoding: DetectedEncoding): void {
  const fits = encoding.family === '8-bit' ? UTF_8.test(name) || OTHER_EIGHT_BIT.test(name) : UTF_16.test(name);
  if (!fits) {
    throw new GatewayError(
      'ENVELOPE_ENCODING',
      `The request says it is encoded as "${name.slice(0, 40)}", which its bytes are not or the gateway ` +
        `does not read. Send UTF-8 or UTF-16.`,
    );
  }
}
