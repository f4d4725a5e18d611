/** Tokens are opaque to the gateway; here one is looked into to help, and nothing depends on it. */

/** The application permissions in a token of Entra; none where it cannot be read. */
export function rolesIn(token: string): readonly string[] {
  try {
    const { roles } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      readonly roles?: unknown;
    };
    return Array.isArray(roles) ? roles.map(String) : [];
  } catch {
    return [];
  }
}
