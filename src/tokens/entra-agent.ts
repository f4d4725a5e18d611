import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';

const CONNECT_TIMEOUT = 10_000;

/**
 * The connections to Entra.
 *
 * @param caCertificates PEM texts of authorities to trust besides the well-known ones
 */
export function entraAgent(caCertificates: readonly string[]): Agent {
  return new Agent({ connect: { timeout: CONNECT_TIMEOUT, ...(caCertificates.length === 0 ? {} : { ca: [...rootCertificates, ...caCertificates] }) } });
}
