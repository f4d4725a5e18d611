/** Permissions that a token is asked for. They are of one service: Entra gives no token for two (AADSTS28000). */
export interface TokenScopes {
  /** Of the service, for people: `Exchange`. */
  readonly service: string;
  /** Each in full: `https://graph.microsoft.com/Mail.ReadWrite`. */
  readonly wanted: readonly string[];
  /** Those of them without which the token is of no use: asked for alone where the others were not consented to. */
  readonly needed: readonly string[];
}

/** The permission that a scope names: `Mail.ReadWrite`. */
export function permissionOf(scope: string): string {
  return scope.slice(scope.lastIndexOf('/') + 1);
}

/** Those that are wanted and were not granted. @param granted as an answer of Entra names them */
export function missingPermissions({ wanted }: TokenScopes, granted: readonly string[]): readonly string[] {
  const given = new Set(granted.map((name) => name.toLowerCase()));
  return wanted.map(permissionOf).filter((name) => !given.has(name.toLowerCase()));
}
