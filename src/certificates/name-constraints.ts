/**
 * Name constraints of a certificate authority: the server names for which it may issue certificates, so that
 * its key is of no use against any other server.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import forge from 'node-forge';

const { asn1 } = forge;
const { Class, Type } = asn1;
const OID = '2.5.29.30';
const [DNS_NAME, IP_ADDRESS] = [2, 7];
const [PERMITTED, EXCLUDED] = [0, 1];
/** An IPv4 and an IPv6 address, in bytes; a constraint has a mask of the same length behind it. */
const ADDRESS_BYTES = [4, 16] as const;

/** An extension as node-forge takes one that it does not know. */
export interface ConstraintExtension {
  readonly id: string;
  readonly critical: true;
  readonly value: forge.asn1.Asn1;
}

/**
 * The critical extension that permits these names, the names below each of them, and nothing else.
 *
 * A form of name that no subtree mentions is not constrained: without any address all addresses are excluded.
 *
 * @param names host names, `*.domain` for those below one, and IP addresses; at least one host name
 */
export function nameConstraints(names: readonly string[]): ConstraintExtension {
  const addresses = names.filter((name) => isIP(name) !== 0);
  const hosts = new Set(names.filter((name) => isIP(name) === 0).map(domainOf));
  const permitted = [
    ...[...hosts].map((host) => subtree(DNS_NAME, Buffer.from(host, 'ascii'))),
    ...addresses.map((address) => {
      const bytes = bytesOf(address);
      return subtree(IP_ADDRESS, Buffer.concat([bytes, Buffer.alloc(bytes.length, 0xff)]));
    }),
  ];
  const excluded =
    addresses.length > 0 ? [] : ADDRESS_BYTES.map((bytes) => subtree(IP_ADDRESS, Buffer.alloc(bytes * 2)));
  const value = sequence([
    asn1.create(Class.CONTEXT_SPECIFIC, PERMITTED, true, permitted),
    ...(excluded.length === 0 ? [] : [asn1.create(Class.CONTEXT_SPECIFIC, EXCLUDED, true, excluded)]),
  ]);
  return { id: OID, critical: true, value };
}

/**
 * Those of the names for which an authority may not issue a certificate.
 *
 * @param authority PEM; one without constraints, as made by others, may issue for every name
 */
export function namesOutside(authority: string, names: readonly string[]): string[] {
  const { extensions } = forge.pki.certificateFromPem(authority) as {
    readonly extensions: readonly { readonly id: string; readonly value: string }[];
  };
  const extension = extensions.find(({ id }) => id === OID);
  if (extension === undefined) return [];
  const subtrees = childrenOf(asn1.fromDer(extension.value));
  const bases = (tag: number): forge.asn1.Asn1[] =>
    childrenOf(subtrees.find(({ type }) => (type as number) === tag)).flatMap((one) => childrenOf(one).slice(0, 1));
  const [permitted, excluded] = [bases(PERMITTED), bases(EXCLUDED)];
  return names.filter(
    (name) => !permitted.some((base) => isWithin(name, base)) || excluded.some((base) => isWithin(name, base)),
  );
}

function isWithin(name: string, { type, value }: forge.asn1.Asn1): boolean {
  const base = Buffer.from(String(value), 'latin1');
  if (isIP(name) === 0) {
    const [host, domain] = [domainOf(name), base.toString('ascii')];
    return (type as number) === DNS_NAME && (host === domain || host.endsWith(`.${domain}`));
  }
  const bytes = bytesOf(name);
  if ((type as number) !== IP_ADDRESS || base.length !== bytes.length * 2) return false;
  const [address, mask] = [base.subarray(0, bytes.length), base.subarray(bytes.length)];
  return bytes.every((byte, index) => ((byte ^ (address[index] ?? 0)) & (mask[index] ?? 0)) === 0);
}

function bytesOf(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray());
}

/** Names of hosts are compared without case. A constraint covers what is below it, so `*.` adds nothing. */
function domainOf(name: string): string {
  return name.toLowerCase().replace(/^\*\./, '');
}

function subtree(form: number, base: Buffer): forge.asn1.Asn1 {
  return sequence([asn1.create(Class.CONTEXT_SPECIFIC, form, false, base.toString('latin1'))]);
}

function sequence(children: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, children);
}

function childrenOf(node: forge.asn1.Asn1 | undefined): forge.asn1.Asn1[] {
  return Array.isArray(node?.value) ? node.value : [];
}
