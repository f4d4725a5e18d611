/**
 * Who may use the admin address. It trusts whoever reaches it where it has no password, so it must be
 * reached as what it is: a page in the administrator's browser could point a name of its own at
 * 127.0.0.1 (DNS rebinding), or send a form there (CSRF).
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBasicCredentials } from '../callers/basic-credentials.ts';
import { matchesPassword, parsePasswordHash } from '../callers/password-hash.ts';
import { isAddress } from '../network/addresses.ts';
import { withoutBrackets } from '../network/hosts.ts';
import type { AdminConfig } from '../config/types.ts';
import { Sessions } from './sessions.ts';
import { SignInQueue } from './sign-in-queue.ts';

export const ADMIN_NAME = 'admin';
/** They say nothing but that the process lives, and takes requests, to whatever watches it. */
const OPEN_TO_ALL: ReadonlySet<string> = new Set(['/healthz', '/acceptz']);
/** When to try again where too many sign-ins wait. */
const RETRY_SECONDS = 3;

export class AdminAccess {
  readonly #key = randomBytes(32);
  /** The form field that a page of another origin cannot read. */
  readonly formToken = randomBytes(24).toString('base64url');
  readonly #admin: () => AdminConfig;
  /** What was right lately, as an HMAC, with the hash it was right for: commands send it each time. */
  #remembered: { readonly mac: Buffer; readonly hash: string } | undefined;
  readonly #queue = new SignInQueue();
  readonly #sessions = new Sessions();

  constructor(admin: () => AdminConfig) {
    this.#admin = admin;
  }

  /** A hook for every request. */
  readonly check = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (!this.#isOwnName(request.headers.host ?? '')) {
      return reply
        .code(421)
        .type('text/plain')
        .send('Use this address by its number, for example http://127.0.0.1:8026, or add its name to admin.hosts.\r\n');
    }
    if (OPEN_TO_ALL.has(request.routeOptions.url ?? '')) return undefined;
    const { passwordHash, tls } = this.#admin();
    if (passwordHash === undefined) return undefined;
    const { ip, headers } = request;
    const session = this.#sessions.find(headers.cookie, passwordHash, ip);
    const signedIn = session === 'none' ? await this.#isRight(request, passwordHash) : true;
    if (signedIn === true) {
      // Commands and monitoring send the password with each request, and keep no cookie.
      if (session === 'to-renew' || (session === 'none' && headers.accept?.includes('text/html') === true))
        void reply.header('set-cookie', this.#sessions.cookie(passwordHash, ip, tls !== undefined));
      return undefined;
    }
    if (signedIn === undefined) {
      return reply
        .code(429)
        .header('retry-after', String(RETRY_SECONDS))
        .send({ error: 'Too many sign-ins from this network wait. Try again in a few seconds.' });
    }
    return reply
      .code(401)
      .header('www-authenticate', 'Basic realm="ews-gateway administration", charset="UTF-8"')
      .type('text/plain')
      .send(`Sign in as ${ADMIN_NAME}.\r\n`);
  };

  /** Whether a form was sent from our own page. */
  isOwnForm(request: FastifyRequest): boolean {
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin') return false;
    const token = (request.body as { readonly token?: unknown } | undefined)?.token;
    return typeof token === 'string' && same(Buffer.from(token), Buffer.from(this.formToken));
  }

  #isOwnName(host: string): boolean {
    const name = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/.exec(host.toLowerCase())?.[1];
    if (name === undefined) return false;
    const { host: configured, hosts } = this.#admin();
    // A number is no name that somebody else could have pointed here.
    const plain = withoutBrackets(name);
    return plain === 'localhost' || isAddress(plain) || plain === configured || hosts.includes(name);
  }

  /** @returns undefined where too many wait to be verified */
  async #isRight({ headers, ip, raw }: FastifyRequest, hash: string): Promise<boolean | undefined> {
    const { authorization } = headers;
    if (authorization === undefined) return false;
    const mac = createHmac('sha256', this.#key).update(authorization).digest();
    if (this.#remembered?.hash === hash && same(this.#remembered.mac, mac)) return true;
    const verify = (): Promise<boolean> => this.#verify(authorization, hash);
    const right = await this.#queue.run(ip, verify, () => raw.socket.destroyed);
    if (right === true) this.#remembered = { mac, hash };
    return right;
  }

  async #verify(authorization: string, text: string): Promise<boolean> {
    const hash = parsePasswordHash(text);
    if (hash === undefined) return false;
    for (const { username, password } of readBasicCredentials(authorization)) {
      if ((await matchesPassword(password, hash)) && username.toLowerCase() === ADMIN_NAME) return true;
    }
    return false;
  }
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
