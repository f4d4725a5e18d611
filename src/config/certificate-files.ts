/**
 * Reads a client certificate for Entra from PEM or PKCS #12 (PFX).
 *
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import type { ClientCredential } from './types.ts';

export interface CertificateFiles {
  /** Contents of PEM files, or of one PFX file. */
  readonly pem?: string;
  readonly pfx?: Buffer;
  readonly passphrase: string | undefined;
  readonly sendX5c: boolean;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )?PRIVATE KEY-----/;

/** @throws Error whose message says what is wrong with the files, without their content */
export function readCertificate(files: CertificateFiles): ClientCredential {
  const pem = files.pfx === undefined ? (files.pem ?? '') : pfxToPem(files.pfx, files.passphrase);
  const chain = (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
  if (chain.length === 0) throw new Error('holds no certificate');
  const keyText = PRIVATE_KEY.exec(pem)?.[0];
  if (keyText === undefined) throw new Error('holds no private key; name its file with "key"');
  const key = openKey(keyText, files.passphrase);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('has a private key that is not RSA; Entra takes RSA keys only');
  const own = chain.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) throw new Error('has a private key that belongs to none of its certificates');
  return {
    kind: 'certificate',
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprintSha256: own.fingerprint256.replaceAll(':', ''),
    x5c: files.sendX5c ? [own, ...chain.filter((certificate) => certificate !== own)].map(String).join('') : undefined,
    notAfter: new Date(own.validTo),
  };
}

/** What an https listener needs, whatever files it came in. */
export interface ServerCertificate {
  /** PEM: the certificate first, then its chain. */
  readonly certificate: string;
  /** PEM, unencrypted. */
  readonly key: string;
  readonly notAfter: Date;
}

/**
 * @param files PEM with certificate (and chain) and key, or a PFX file
 * @throws Error whose message says what is wrong with the files, without their content
 */
export function readServerCertificate(files: {
  readonly pem?: string;
  readonly pfx?: Buffer;
  readonly passphrase: string | undefined;
}): ServerCertificate {
  const pem = files.pfx === undefined ? (files.pem ?? '') : pfxToPem(files.pfx, files.passphrase);
  const texts = pem.match(CERTIFICATE) ?? [];
  if (texts.length === 0) throw new Error('holds no certificate in PEM form');
  const chain = texts.map((text) => new X509Certificate(text));
  const keyText = PRIVATE_KEY.exec(pem)?.[0];
  if (keyText === undefined) throw new Error('holds no private key in PEM form');
  const key = openKey(keyText, files.passphrase);
  const own = chain.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) throw new Error('has a private key that belongs to none of its certificates');
  return {
    certificate: [own, ...chain.filter((certificate) => certificate !== own)].map(String).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    notAfter: new Date(own.validTo),
  };
}

/**
 * The certificates that a server with these files can show, for recognising it: no key is needed in PEM.
 *
 * @returns PEM of each that is no authority, or of all where each is one (self-signed)
 * @throws Error where there is none, or the passphrase does not open the PFX file
 */
export function serverCertificatesIn(files: {
  readonly pem?: string;
  readonly pfx?: Buffer;
  readonly passphrase: string | undefined;
}): string {
  const pem = files.pfx === undefined ? (files.pem ?? '') : pfxToPem(files.pfx, files.passphrase);
  const all = (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
  if (all.length === 0) throw new Error('holds no certificate');
  const servers = all.filter(({ ca }) => !ca);
  return (servers.length === 0 ? all : servers).map(String).join('');
}

function openKey(text: string, passphrase: string | undefined): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(passphrase === undefined ? text : { key: text, passphrase });
  } catch {
    throw new Error(
      passphrase === undefined
        ? 'has a private key that cannot be read; if it is encrypted, give its "passphrase"'
        : 'has a private key that the passphrase does not open',
    );
  }
}

function pfxToPem(pfx: Buffer, passphrase: string | undefined): string {
  try {
    const content = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(pfx.toString('latin1')), passphrase ?? '');
    const bags = (type: string): forge.pkcs12.Bag[] => content.getBags({ bagType: type })[type] ?? [];
    const key = [
      ...bags(String(forge.pki.oids['pkcs8ShroudedKeyBag'])),
      ...bags(String(forge.pki.oids['keyBag'])),
    ].find((bag) => bag.key != null)?.key;
    const certificates = bags(String(forge.pki.oids['certBag'])).flatMap((bag) =>
      bag.cert == null ? [] : [forge.pki.certificateToPem(bag.cert)],
    );
    return [...certificates, key == null ? '' : forge.pki.privateKeyToPem(key)].join('\n');
  } catch {
    throw new Error('is not a PFX file that the passphrase opens');
  }
}
