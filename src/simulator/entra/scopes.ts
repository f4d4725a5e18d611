/** Scopes as a request names them. */

/** Delegated permissions of one resource; a token is for one only, so that of two there is no resource. */
export function delegatedScope(text: string): { readonly resource: string | undefined; readonly scope: string } {
  const found = [...text.matchAll(/(?:^| )(https:\/\/[^ /]+)\/([\w.-]+)(?= |$)/g)];
  const resources = new Set(found.map(([, resource]) => resource));
  const [resource] = resources;
  return { resource: resources.size > 1 ? undefined : resource, scope: found.map(([, , name]) => name).join(' ') };
}

/** The scopes that name a service, in full. */
export function fullScopes(text: string): string[] {
  return text.split(' ').filter((scope) => /^https:\/\/[^/]+\/[\w.-]+$/.test(scope));
}
