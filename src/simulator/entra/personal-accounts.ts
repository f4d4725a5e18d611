/**
 * What is different with personal Microsoft accounts: an authority and a tenant of their own, permissions that only
 * their users can give, and tokens that nobody but the service can read.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-protocols
 * @see https://learn.microsoft.com/entra/identity-platform/access-tokens
 */

/** The authority: https://login.microsoftonline.com/consumers */
export const CONSUMERS = 'consumers';
/** The tenant of all personal accounts [doc access-token-claims-reference, iss]. */
export const PERSONAL_TENANT_ID = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Which accounts an app lets in: signInAudience of its manifest. */
export type SignInAudience = 'organizations' | 'personal' | 'both';

/**
 * Why an app cannot be used with an authority.
 *
 * @param authority the first segment of the path
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function wrongAudience(
  audience: SignInAudience,
  authority: string,
  clientId: string,
): { readonly number: number; readonly text: string } | undefined {
  if (audience === 'personal' && authority !== CONSUMERS)
    return {
      number: 9002331,
      text:
        `Application '${clientId}'(simulated) is configured for use by Microsoft Account users only. Please use the ` +
        '/consumers endpoint to serve this request.',
    };
  if (audience === 'organizations' && authority === CONSUMERS)
    return {
      number: 9002332,
      text:
        `Application '${clientId}'(simulated) is configured for use by Microsoft Entra users only. Please do not use ` +
        'the /consumers endpoint to serve this request.',
    };
  return undefined;
}

/** Scopes that no personal account can give: of other mailboxes, of a directory [doc permissions-reference]. */
export function isForOrganizationsOnly(scope: string): boolean {
  return /\.(?:Shared|All|default)$/.test(scope) || /\/EWS\./.test(scope);
}

/** The token as its holder sees it: no JWT [doc access-tokens]. @param jwt what it says to the service */
export function opaqueToken(jwt: string): string {
  return `EwB${Buffer.from(jwt).toString('base64url')}`;
}

/** What an opaque token says; undefined for a token of another form. */
export function readOpaqueToken(token: string): string | undefined {
  return /^EwB[\w-]+$/.test(token) ? Buffer.from(token.slice(3), 'base64url').toString() : undefined;
}
