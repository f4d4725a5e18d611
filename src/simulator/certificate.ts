/** Self-signed certificates for the simulator's TLS and for tests. */
import { X509Certificate } from 'node:crypto';
import { makeCertificate, newKey, type CertificatePair } from '../certificates/x509.ts';

export { newKey, type CertificatePair };

/**
 * A certificate of thirty days.
 *
 * @param names host names and IP addresses; the first is also the common name
 * @param key its private key in PEM; default: a new one
 */
export function selfSignedCertificate(names: readonly string[], key = newKey()): CertificatePair {
  return makeCertificate({ kind: 'self-signed', commonName: names[0] ?? 'localhost', names, days: 30, key });
}

/** SHA-256 of the certificate in base64url, as x5t#S256 carries it. */
export function thumbprint(certificate: string): string {
  return Buffer.from(new X509Certificate(certificate).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
}
