/**
 * The cookie by which an administrator who has signed in stays in, whatever others try meanwhile. It says
 * when it was last used, and is signed; the gateway keeps nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265 for cookies
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { networkOf } from '../network/addresses.ts';

/** A session ends when it was not used for so long, in milliseconds. */
const IDLE = 8 * 3_600_000;
/** A cookie older than this is replaced when it is used, in milliseconds. */
const RENEWAL = 300_000;
const NAME = 'ews-gateway-admin';
const COOKIE = new RegExp(`(?:^|; *)${NAME}=(\\d{1,15})\\.([\\w-]{43})(?:;|$)`);

export class Sessions {
  /** Of this process: a restart ends all sessions. */
  readonly #key = randomBytes(32);
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never jumps */
  constructor(now: () => number = () => Math.floor(performance.now())) {
    this.#now = now;
  }

  /**
   * @param passwordHash the password's hash in force: another one ends the session
   * @param address the client's IP address: the cookie is worth nothing in another network, since browsers
   *   send it to other ports of the same host too
   * @param secure whether the address is https
   * @returns the value of Set-Cookie
   */
  cookie(passwordHash: string, address: string, secure: boolean): string {
    const seen = String(this.#now());
    const attributes = `Path=/; Max-Age=${IDLE / 1000}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
    return `${NAME}=${seen}.${this.#sign(seen, passwordHash, address)}; ${attributes}`;
  }

  /**
   * @param cookies value of the Cookie header
   * @returns whether it has a session of this password and network, and whether its cookie is to be replaced
   */
  find(cookies: string | undefined, passwordHash: string, address: string): 'none' | 'valid' | 'to-renew' {
    const [, seen = '', signature = ''] = COOKIE.exec(cookies ?? '') ?? [];
    if (seen === '') return 'none';
    const expected = Buffer.from(this.#sign(seen, passwordHash, address));
    if (!timingSafeEqual(expected, Buffer.from(signature))) return 'none';
    const age = this.#now() - Number(seen);
    if (age > IDLE) return 'none';
    return age > RENEWAL ? 'to-renew' : 'valid';
  }

  #sign(seen: string, passwordHash: string, address: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([seen, passwordHash, networkOf(address, { ipv4: 24, ipv6: 64 })]))
      .digest('base64url');
  }
}
