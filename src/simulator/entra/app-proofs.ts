/**
 * What proves to Entra that a request is an app's: a client secret, or an assertion signed with its certificate.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { thumbprint } from '../certificate.ts';
import type { SimulatedApp } from './simulated-app.ts';

export interface Refusal {
  readonly number: number;
  readonly text: string;
}

/** @param audiences any of which the assertion may be for */
export function checkAssertion(
  app: SimulatedApp,
  assertion: string,
  audiences: readonly string[],
): Refusal | undefined {
  const [head = '', payload = '', signature = ''] = assertion.split('.');
  const header = decode(head);
  const claims = decode(payload);
  const certificate = app.certificates?.find((pem) => thumbprint(pem) === header['x5t#S256']);
  if (certificate === undefined) {
    return {
      number: 700027,
      text:
        `The certificate with identifier used to sign the client assertion is not registered on ` +
        `application. [Reason - The key was not found., Thumbprint of key used by client: ` +
        `'${String(header['x5t#S256'])}']`,
    };
  }
  // Entra accepts RS256 and, for SHA-256 thumbprints, PS256 (what msal-node uses).
  const key = {
    key: createPublicKey(new X509Certificate(certificate).toString()),
    ...(header['alg'] === 'PS256' ? { padding: 6, saltLength: 32 } : {}),
  };
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))) {
    return {
      number: 700027,
      text:
        'Client assertion contains an invalid signature. [Reason - The key used to sign the assertion ' +
        'does not match.]',
    };
  }
  const now = Date.now() / 1000;
  if (Number(claims['exp']) < now || Number(claims['nbf']) > now + 300) {
    return { number: 700024, text: 'Client assertion is not within its valid time range.' };
  }
  if (!audiences.includes(String(claims['aud'])) || claims['iss'] !== app.clientId || claims['sub'] !== app.clientId) {
    return { number: 700023, text: 'Client assertion audience, issuer or subject claim does not match.' };
  }
  return undefined;
}

export function checkSecret(app: SimulatedApp, given: string | null): Refusal | undefined {
  if (given === null || given === '')
    return {
      number: 7000216,
      text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    };
  const known = app.secrets.find((secret) => secret.value === given);
  if (known === undefined) {
    return {
      number: 7000215,
      text:
        `Invalid client secret provided. Ensure the secret being sent in the request is the client ` +
        `secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
    };
  }
  if (known.expired === true) {
    return {
      number: 7000222,
      text:
        `The provided client secret keys for app '${app.clientId}' are expired. Visit the Azure portal ` +
        `to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate ` +
        `credentials for added security: https://aka.ms/certCreds.`,
    };
  }
  return undefined;
}

function decode(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}
