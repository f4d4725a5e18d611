/**
 * What Microsoft Graph looks at in a bearer token, and its 401s.
 *
 * @see https://learn.microsoft.com/graph/resolve-auth-errors
 */
import { verify, type KeyObject } from 'node:crypto';
import { PERSONAL_TENANT_ID, readOpaqueToken } from '../entra/personal-accounts.ts';
import { GraphError } from './errors.ts';

export interface TokenClaims {
  readonly appid: string;
  /** Application permissions. */
  readonly roles: readonly string[];
  /** Delegated permissions; undefined for the app's own token. */
  readonly scopes: readonly string[] | undefined;
  /** The user of a delegated token. */
  readonly upn: string | undefined;
  /** Whether that is a personal Microsoft account. */
  readonly isPersonal: boolean;
}

function refusal(message: string, code = 'InvalidAuthenticationToken'): GraphError {
  return new GraphError(401, code, message, {
    headers: {
      'www-authenticate':
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' +
        'client_id="00000003-0000-0000-c000-000000000000"',
    },
  });
}

/**
 * @param audiences that tokens may be for
 * @throws GraphError 401 [threads, literal texts]
 */
export function checkToken(
  authorization: string | undefined,
  audiences: readonly string[],
  key: KeyObject,
): TokenClaims {
  if (authorization === undefined || !/^Bearer +\S/i.test(authorization)) throw refusal('Access token is empty.');
  const opaque = readOpaqueToken(authorization.replace(/^Bearer +/i, ''));
  const token = /^Bearer +([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(
    opaque === undefined ? authorization : `Bearer ${opaque}`,
  );
  if (token === null) throw refusal('CompactToken parsing failed with error code: 80049217');
  const [, head = '', payload = '', signature = ''] = token;
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url')))
    throw refusal('Access token validation failure. Invalid signature.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  if (Number(claims['exp']) * 1000 < Date.now()) throw refusal('Access token has expired or is not yet valid.');
  if (!audiences.includes(String(claims['aud']).replace(/\/$/, '')))
    throw refusal('Access token validation failure. Invalid audience.');
  const scopes = typeof claims['scp'] === 'string' ? claims['scp'].split(' ') : undefined;
  return {
    appid: String(claims['appid']),
    roles: Array.isArray(claims['roles']) ? claims['roles'].map(String) : [],
    scopes,
    upn: typeof claims['upn'] === 'string' ? claims['upn'] : undefined,
    isPersonal: claims['tid'] === PERSONAL_TENANT_ID,
  };
}
