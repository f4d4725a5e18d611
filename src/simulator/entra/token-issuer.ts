/**
 * Makes and signs tokens as Entra does.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-tokens
 */
import { createPrivateKey, createPublicKey, randomUUID, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { SimulatedApp } from './simulated-app.ts';

const KEY_ID = 'simulated';

export class TokenIssuer {
  /** Life of tokens in seconds. */
  lifetime: number;
  /** Audience of Microsoft Graph's tokens besides the real one: the simulated Graph's origin. */
  graphAudience: string | undefined;
  /** Verifies the signature of tokens. */
  readonly publicKey: KeyObject;
  readonly #privateKey: KeyObject;

  /** @param key RSA private key in PEM @param lifetime of tokens in seconds */
  constructor(key: string, lifetime: number) {
    this.#privateKey = createPrivateKey(key);
    this.publicKey = createPublicKey(this.#privateKey);
    this.lifetime = lifetime;
  }

  /** The public key as Entra publishes it. */
  jwk(): JsonWebKey {
    return { ...this.publicKey.export({ format: 'jwk' }), use: 'sig', kid: KEY_ID };
  }

  /** A token as Entra makes them for Exchange: version 1, valid a little longer than it says. */
  issue(app: SimulatedApp, audience: string, changes: Readonly<Record<string, unknown>> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const roles =
      audience === this.graphAudience || isGraph(audience)
        ? (app.graphRoles ?? [])
        : (app.roles ?? ['full_access_as_app']);
    const payload = {
      aud: audience,
      iss: `https://sts.windows.net/${app.tenantId}/`,
      iat: now,
      nbf: now,
      exp: now + this.lifetime + 300,
      appid: app.clientId,
      appidacr: '1',
      oid: randomUUID(),
      ...(roles.length === 0 ? {} : { roles }),
      tid: app.tenantId,
      uti: randomUUID(),
      ver: '1.0',
      ...changes,
    };
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ typ: 'JWT', alg: 'RS256', kid: KEY_ID })}.${part(payload)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), this.#privateKey).toString('base64url')}`;
  }
}

/** Each resource has permissions of its own. */
function isGraph(audience: string): boolean {
  return URL.parse(audience)?.hostname.startsWith('graph.') === true;
}
