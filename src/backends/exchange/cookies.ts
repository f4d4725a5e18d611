/**
 * Carries Exchange's cookies (server affinity) through the gateway without keeping a jar.
 *
 * Each value is signed for the caller it was issued to. On the way back only cookies with a valid
 * signature of the same caller reach Exchange: those of other programs on the same host (cookies do
 * not know ports), of another caller in the same client process, or made up by a client do not.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265
 */
import { createHmac, createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';

const SIGNATURE_LENGTH = 22; // 16 bytes in base64url
const MAX_COOKIE_HEADER = 16 * 1024;

export class CookieSigner {
  readonly #key: KeyObject;

  /** @param secret 32 bytes; gateways with the same one take each other's cookies. Default: random */
  constructor(secret: Buffer = randomBytes(32)) {
    this.#key = createSecretKey(secret);
  }

  /**
   * @param setCookie values of the upstream's Set-Cookie headers
   * @param caller the name of the caller that the cookies are for
   * @param secure whether the client's connection is TLS
   * @returns the values for the client: without Domain, with Path=/, Secure only where it can be kept
   */
  toClient(setCookie: readonly string[], caller: string, secure: boolean): string[] {
    return setCookie.flatMap((line) => {
      const [pair = '', ...attributes] = line.split(';');
      const equals = pair.indexOf('=');
      if (equals < 1) return [];
      const name = pair.slice(0, equals).trim();
      const value = pair.slice(equals + 1).trim();
      const kept = attributes.filter((attribute) => {
        const key = attribute.split('=', 1)[0]?.trim().toLowerCase();
        return key !== 'domain' && key !== 'path' && (key !== 'secure' || secure) && (key !== 'samesite' || secure);
      });
      return [[`${name}=${value}.${this.#sign(caller, name, value)}`, ' Path=/', ...kept].join(';')];
    });
  }

  /**
   * @param cookie value of the client's Cookie header
   * @returns the Cookie header for Exchange, undefined where no cookie is left
   */
  toUpstream(cookie: string, caller: string): string | undefined {
    if (cookie.length > MAX_COOKIE_HEADER) return undefined;
    const kept = cookie.split(';').flatMap((pair) => {
      const equals = pair.indexOf('=');
      const dot = pair.length - SIGNATURE_LENGTH - 1;
      if (equals < 1 || dot <= equals || pair.charAt(dot) !== '.') return [];
      const name = pair.slice(0, equals).trim();
      const value = pair.slice(equals + 1, dot);
      const expected = this.#sign(caller, name, value);
      const given = pair.slice(dot + 1);
      return timingSafeEqual(
        Buffer.from(expected, 'latin1'),
        Buffer.from(given, 'latin1').subarray(0, SIGNATURE_LENGTH),
      )
        ? [`${name}=${value}`]
        : [];
    });
    return kept.length === 0 ? undefined : kept.join('; ');
  }

  #sign(caller: string, name: string, value: string): string {
    return createHmac('sha256', this.#key)
      .update(`${caller}\n${name}\n${value}`)
      .digest('base64url')
      .slice(0, SIGNATURE_LENGTH);
  }
}
