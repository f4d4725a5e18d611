/**
 * Reads HTTP Basic credentials.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * What the header may mean, the likeliest reading first: clients send UTF-8 or Latin-1 and do not
 * say which. Bytes that are not valid UTF-8 have one reading, ASCII too.
 *
 * @param authorization value of the Authorization header
 * @returns no reading where the header is missing or not usable Basic credentials
 */
export function readBasicCredentials(authorization: string): Credentials[] {
  const match = BASIC.exec(authorization);
  if (match?.[1] === undefined) return [];
  const bytes = Buffer.from(match[1], 'base64');
  const latin1 = bytes.toString('latin1');
  const texts = [latin1];
  // oxlint-disable-next-line no-control-regex -- anything beyond ASCII
  if (/[^\x00-\x7f]/.test(latin1)) {
    try {
      texts.unshift(UTF_8.decode(bytes));
    } catch {
      // not UTF-8: Latin-1 is the only reading
    }
  }
  return texts.flatMap((text) => {
    const colon = text.indexOf(':');
    return colon < 1 ? [] : [{ username: text.slice(0, colon), password: text.slice(colon + 1) }];
  });
}
