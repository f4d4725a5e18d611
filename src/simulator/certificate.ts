/** Self-signed certificates for the simulator's TLS and for tests. */
import { X509Certificate } from 'node:crypto';
import { makeCertificate, type CertificatePair } from '../certificates/x509.ts';

export type { CertificatePair };

/** @param names host names and IP addresses; the first is also the common name */
export function selfSignedCertificate(names: readonly string[], days = 30): CertificatePair {
  return makeCertificate({ kind: 'self-signed', commonName: names[0] ?? 'localhost', names, days });
}

/** SHA-256 of the certificate in base64url, as x5t#S256 carries it. */
export function thumbprint(certificate: string): string {
  return Buffer.from(new X509Certificate(certificate).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
}
