/**
 * A certificate authority of the gateway's own, for https listeners without one of the company: once
 * its certificate is trusted on the machines of the programs, server certificates can be renewed
 * without touching those machines again.
 */
import { chmodSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { DAY } from '../days.ts';
import { readIfThere, readSecretIfThere, writeAtomically } from '../state/atomic-file.ts';
import { namesOutside } from './name-constraints.ts';
import { isIssuedBy, makeCertificate, namesOf, pfxOf, type CertificatePair } from './x509.ts';

export const AUTHORITY = 'local-ca';
export const SERVER = 'gateway';
const AUTHORITY_DAYS = 3_650;
/** Of a certificate for addresses alone: an address would be held against the host names that are permitted. */
const FALLBACK_NAME = 'ews-gateway';
/** Below what current systems accept of private authorities (825), with room for a year's routine. */
export const SERVER_DAYS = 398;
/** A server certificate this close to its end is renewed. */
export const RENEW_DAYS = 30;

/** A server certificate was asked for without names, and there is none whose names could be kept. */
export class NoNamesError extends Error {
  override readonly name = 'NoNamesError';

  constructor() {
    super('A server certificate needs at least one name.');
  }
}

/** A certificate was asked for with names for which the folder's authority may not issue one. */
export class NamesOutsideError extends Error {
  override readonly name = 'NamesOutsideError';
  readonly names: readonly string[];

  constructor(authority: string, names: readonly string[]) {
    super(`The authority ${authority} may not issue a certificate for ${names.join(', ')}.`);
    this.names = names;
  }
}

/** Files in the folder are of somebody else, or are not all there. */
export class AuthorityFilesError extends Error {
  override readonly name = 'AuthorityFilesError';
}

export interface IssuedFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  readonly pfx: string | undefined;
  readonly names: readonly string[];
  readonly notAfter: Date;
  /** Whether the authority is new, and has to be trusted on the machines of the programs. */
  readonly newAuthority: boolean;
}

/**
 * Makes the server certificate of a folder, and its authority where there is none yet.
 *
 * @param names host names and IP addresses; empty: those of the certificate that is there
 * @param otherwise the names of the first certificate, where none are given
 * @param alsoPermitted host names for which a new authority may issue certificates besides
 * @param passphrase of the PFX file; undefined makes none
 * @throws NoNamesError where there are no names
 * @throws NamesOutsideError where the authority that is there was made for other names
 * @throws AuthorityFilesError where files of somebody else are in the way, or one of the authority is missing
 */
export function issueServerCertificate(
  folder: string,
  {
    names,
    otherwise = [],
    alsoPermitted = [],
    days = SERVER_DAYS,
    passphrase,
  }: {
    readonly names: readonly string[];
    readonly otherwise?: readonly string[];
    readonly alsoPermitted?: readonly string[];
    readonly days?: number;
    readonly passphrase?: string;
  },
): IssuedFiles {
  const path = (name: string, kind: string): string => join(folder, `${name}.${kind}`);
  const existing = readIfThere(path(SERVER, 'crt'));
  const known = readAuthority(folder);
  if (existing !== undefined && (known === undefined || !isIssuedBy(existing, known.certificate))) {
    throw new AuthorityFilesError(
      `${path(SERVER, 'crt')} is a certificate of another authority. Move it away, or name another folder ` +
        `with --folder.`,
    );
  }
  const wanted = names.length > 0 ? names : existing === undefined ? otherwise : namesOf(existing);
  if (wanted.length === 0) throw new NoNamesError();
  const outside = known === undefined ? [] : namesOutside(known.certificate, wanted);
  if (outside.length > 0) throw new NamesOutsideError(path(AUTHORITY, 'crt'), outside);
  const authority = known ?? makeAuthority(folder, [...wanted, ...alsoPermitted]);
  const pair = makeCertificate({
    kind: 'server',
    commonName: wanted.find((name) => isIP(name) === 0) ?? FALLBACK_NAME,
    names: wanted,
    days,
    issuer: authority,
    ...(existing === undefined ? {} : { key: readFileSync(path(SERVER, 'key'), 'utf8') }),
  });
  // The key first: it stays the same on a renewal, so that the two files fit at any moment.
  if (existing === undefined) writeAtomically(path(SERVER, 'key'), pair.key);
  writeCertificate(path(SERVER, 'crt'), pair.certificate);
  if (passphrase !== undefined) writeAtomically(path(SERVER, 'pfx'), pfxOf(pair, [authority.certificate], passphrase));
  return {
    authority: path(AUTHORITY, 'crt'),
    certificate: path(SERVER, 'crt'),
    key: path(SERVER, 'key'),
    pfx: passphrase === undefined ? undefined : path(SERVER, 'pfx'),
    names: wanted,
    notAfter: new Date(new X509Certificate(pair.certificate).validTo),
    newAuthority: known === undefined,
  };
}

/**
 * Renews a server certificate that this module made, if it is close to its end.
 *
 * @param certificateFile of an https listener, of whatever authority
 * @returns the new end, undefined where nothing was done
 */
export function renewIfDue(certificateFile: string, now = Date.now()): Date | undefined {
  const folder = dirname(certificateFile);
  if (basename(certificateFile) !== `${SERVER}.crt`) return undefined;
  const certificate = readIfThere(certificateFile);
  const authority = readAuthority(folder);
  if (certificate === undefined || authority === undefined || !isIssuedBy(certificate, authority.certificate))
    return undefined;
  if (new Date(new X509Certificate(certificate).validTo).getTime() - now > RENEW_DAYS * DAY) return undefined;
  return issueServerCertificate(folder, { names: [] }).notAfter;
}

function readAuthority(folder: string): CertificatePair | undefined {
  const [certificateFile, keyFile] = [join(folder, `${AUTHORITY}.crt`), join(folder, `${AUTHORITY}.key`)];
  const [certificate, key] = [readIfThere(certificateFile), readSecretIfThere(keyFile)];
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw new AuthorityFilesError(
      `Of the authority in ${folder} one file is missing: ` +
        `${certificate === undefined ? certificateFile : keyFile}. Bring it back, or remove the other one ` +
        `and start again.`,
    );
  return { certificate, key };
}

function makeAuthority(folder: string, names: readonly string[]): CertificatePair {
  const hasHost = names.some((name) => isIP(name) === 0);
  const pair = makeCertificate({
    kind: 'authority',
    commonName: 'ews-gateway local CA',
    names: hasHost ? names : [...names, FALLBACK_NAME],
    days: AUTHORITY_DAYS,
  });
  writeAtomically(join(folder, `${AUTHORITY}.key`), pair.key);
  writeCertificate(join(folder, `${AUTHORITY}.crt`), pair.certificate);
  return pair;
}

/** Certificates are for everybody to read. */
function writeCertificate(path: string, certificate: string): void {
  writeAtomically(path, certificate);
  chmodSync(path, 0o644);
}
