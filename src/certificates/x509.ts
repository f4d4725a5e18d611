/**
 * Makes X.509 certificates: RSA 2048, signed with SHA-256, as every .NET Framework since 3.5 reads
 * them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280
 */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';
import { DAY } from '../days.ts';
import { nameConstraints } from './name-constraints.ts';

export interface CertificatePair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8, unencrypted. */
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Host names and IP addresses: those of the certificate, or those that an authority may issue for. */
  readonly names: readonly string[];
  readonly days: number;
  /**
   * server: for an https listener; authority: may issue others; client: for an app registration; self-signed: a
   * server's that is trusted as it is.
   */
  readonly kind: 'server' | 'authority' | 'client' | 'self-signed';
  /** Who signs; default: the certificate itself. */
  readonly issuer?: CertificatePair;
  /** A private key to go on with; default: a new one. */
  readonly key?: string;
}

/** Clocks differ. */
const BACKDATE = 3_600_000;

const USAGES = {
  'authority': [
    { name: 'basicConstraints', cA: true, critical: true, pathLenConstraint: 0 },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ],
  'server': [
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
  ],
  'self-signed': [{ name: 'basicConstraints', cA: true }],
  'client': [
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', clientAuth: true },
  ],
} as const;

export function makeCertificate(request: CertificateRequest): CertificatePair {
  const { kind, days, issuer } = request;
  const key = request.key ?? newKey();
  const own = forge.pki.privateKeyFromPem(key);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(own.n, own.e);
  // Positive, and without a leading zero, which some old readers stumble over.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - BACKDATE);
  certificate.validity.notAfter = new Date(Date.now() + days * DAY);
  const subject = [{ name: 'commonName', value: request.commonName }];
  certificate.setSubject(subject);
  const signer = issuer === undefined ? undefined : forge.pki.certificateFromPem(issuer.certificate);
  certificate.setIssuer(signer === undefined ? subject : signer.subject.attributes);
  certificate.setExtensions([
    ...USAGES[kind].map((usage) => ({ ...usage })),
    { name: 'subjectKeyIdentifier' },
    ...(signer === undefined
      ? []
      : [{ name: 'authorityKeyIdentifier', keyIdentifier: signer.generateSubjectKeyIdentifier().getBytes() }]),
    ...extensionsFor(request),
  ]);
  certificate.sign(signing(certificate, issuer?.key ?? key), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key };
}

function extensionsFor({ kind, names }: CertificateRequest): object[] {
  if (names.length === 0) return [];
  if (kind === 'authority') return [nameConstraints(names)];
  const altNames = names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }));
  return [{ name: 'subjectAltName', altNames }];
}

/** A new RSA key of 2048 bits: PEM, PKCS #8, unencrypted. */
export function newKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

/** Signs by OpenSSL, which takes a hundredth of the time that arithmetic in JavaScript does. */
function signing(certificate: forge.pki.Certificate, key: string): forge.pki.rsa.PrivateKey {
  const signature = (): string => {
    const signed = forge.asn1.toDer(certificate.tbsCertificate).getBytes();
    return sign('sha256', Buffer.from(signed, 'latin1'), key).toString('latin1');
  };
  return { ...forge.pki.privateKeyFromPem(key), sign: signature };
}

/** A PKCS #12 file (PFX) with the certificate, its chain and its key, encrypted as old Windows reads it. */
export function pfxOf({ certificate, key }: CertificatePair, chain: readonly string[], passphrase: string): Buffer {
  const content = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(key),
    [certificate, ...chain].map((pem) => forge.pki.certificateFromPem(pem)),
    passphrase,
    { algorithm: '3des', friendlyName: 'ews-gateway' },
  );
  return Buffer.from(forge.asn1.toDer(content).getBytes(), 'latin1');
}

/** Host names and IP addresses of a certificate's subjectAltName. */
export function namesOf(certificate: string): string[] {
  return (new X509Certificate(certificate).subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []);
}

/** Whether one certificate has signed the other. */
export function isIssuedBy(certificate: string, authority: string): boolean {
  try {
    return new X509Certificate(certificate).verify(createPublicKey(authority));
  } catch {
    return false;
  }
}
