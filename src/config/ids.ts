/** Ids and secrets of an app registration that cannot be right: what is often pasted in their place. */
import type { ConfigPath } from './problems.ts';
import type { RegistrationEntry } from './schema.ts';
import type { Sources } from './sources.ts';

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a text still stands for what somebody was to fill in: `<tenant-id>`, `xxxxxxxx-…`, `your-tenant`. */
export function isPlaceholder(text: string): boolean {
  return (
    /^(?:<.*>|\[.*\]|\{.*\})$/.test(text) ||
    /^[x0-]{3,}$/i.test(text) ||
    /^[x0-]*(?:…|\.\.\.)/i.test(text) ||
    /^your\b/i.test(text)
  );
}

/** Reports ids that the schema takes and Entra never could. */
export function checkIds(sources: Sources, { tenantId, clientId }: RegistrationEntry, path: ConfigPath): void {
  const { document } = sources;
  for (const [key, id, name] of [
    ['tenantId', tenantId, 'Directory (tenant) ID'],
    ['clientId', clientId, 'Application (client) ID'],
  ] as const) {
    if (isPlaceholder(id))
      document.report([...path, key], `is still a placeholder: put the ${name} of the app registration there`);
  }
  if (tenantId.toLowerCase() === clientId.toLowerCase() && !isPlaceholder(clientId))
    document.report(
      [...path, 'clientId'],
      'is the same as tenantId: copy the Application (client) ID from the Overview page of the app registration',
    );
}

/** Reports what cannot be a secret's Value, before Entra is asked. */
export function checkSecret(sources: Sources, secret: string, path: ConfigPath): void {
  if (GUID.test(secret))
    sources.document.report(
      path,
      'this looks like the Secret ID; copy the Value. Entra shows it only when the secret is made: make a new one',
    );
  else if (isPlaceholder(secret)) sources.document.report(path, "is still a placeholder: put the secret's Value there");
}
