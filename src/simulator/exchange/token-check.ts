/**
 * What Exchange looks at in a bearer token, and how it refuses one: 401 with x-ms-diagnostics.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/instrumenting-client-requests-for-ews-and-rest-in-exchange
 */
import { verify, type KeyObject } from 'node:crypto';

export interface TokenClaims {
  readonly appid: string;
  readonly roles: readonly string[];
  /** The user of a delegated token, undefined for the app's own. */
  readonly upn: string | undefined;
}

/** A refusal as in x-ms-diagnostics. */
export class TokenRefusal extends Error {
  readonly diagnostics: string;

  constructor(id: number, reason: string, category: string) {
    super(reason);
    this.diagnostics = `${id};reason="${reason}";error_category="${category}"`;
  }
}

/** @throws TokenRefusal */
export function checkToken(
  authorization: string | undefined,
  audience: string,
  key: KeyObject,
  roleless: ReadonlySet<string>,
): TokenClaims {
  const token = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '');
  if (token === null) throw new TokenRefusal(2000001, 'The token is missing or malformed.', 'invalid_token');
  const [, head = '', payload = '', signature = ''] = token;
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))) {
    throw new TokenRefusal(2000000, 'The token has an invalid signature.', 'invalid_signature');
  }
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  if (Number(claims['exp']) * 1000 < Date.now())
    throw new TokenRefusal(2000002, 'The token has expired.', 'token_expired');
  if (claims['aud'] !== audience)
    throw new TokenRefusal(2000003, "The audience claim value is invalid 'aud'.", 'invalid_resource');
  const appid = String(claims['appid']);
  const roles = Array.isArray(claims['roles']) ? claims['roles'].map(String) : [];
  const upn = typeof claims['upn'] === 'string' ? claims['upn'] : undefined;
  if (upn !== undefined && claims['scp'] === 'EWS.AccessAsUser.All') return { appid, roles, upn };
  // RBAC for Applications grants leave no trace in the token.
  if (!roles.includes('full_access_as_app') && !roleless.has(appid)) {
    throw new TokenRefusal(
      2000008,
      'The token contains no permissions, or permissions can not be understood.',
      'invalid_grant',
    );
  }
  return { appid, roles, upn: undefined };
}
