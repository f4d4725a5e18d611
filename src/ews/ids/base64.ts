/** Base64 read strictly: Node's decoder skips what it does not know and takes two alphabets for one. */

/**
 * @param longest the longest text, in characters
 * @returns undefined where the text is no padded, canonical base64 of the standard alphabet (RFC 4648, section 4)
 */
export function decodeBase64(text: string, longest: number): Buffer | undefined {
  if (text.length === 0 || text.length > longest || text.length % 4 !== 0) return undefined;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
