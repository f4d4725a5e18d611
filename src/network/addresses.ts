/**
 * IP addresses and ranges of both families, in one place: a client that comes over IPv4 to a
 * dual-stack listener appears as ::ffff:a.b.c.d, one on the same link with a zone id (fe80::1%eth0),
 * and IPv6 addresses have many spellings.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5952 for the canonical text of an IPv6 address
 * @see https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2 for IPv4-mapped addresses
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { AddressRanges } from '../config/types.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Ranges of ipaddr.js; those that hold IPv4 addresses of any kind are none of them. */
const ROUTABLE: ReadonlySet<string> = new Set(['unicast', 'private', 'carrierGradeNat', 'uniqueLocal']);

/** Where the IPv4 address begins in an IPv4-mapped one, in bits. */
const MAPPED_BITS = 96;

/** Whether a text is an address of either family; no host name, no range, no number in another base. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/**
 * The one spelling of an address: IPv4-mapped as IPv4, IPv6 as RFC 5952 has it, without a zone id.
 *
 * @returns the text itself where it is no address
 */
export function canonicalAddress(text: string): string {
  const address = parse(text);
  return address === undefined ? text : textOf(address);
}

/**
 * The network that an address or a CIDR range lies in.
 *
 * @param text an address, or a range that is shortened to the network where it is longer
 * @param bits lengths of the prefix for each family; a full length gives the address itself
 * @returns `192.0.2.0/24` or `2001:db8::/64`; the text itself where it is neither
 */
export function networkOf(text: string, bits: { readonly ipv4: number; readonly ipv6: number }): string {
  const address = parse(text.split('/', 1)[0] ?? '');
  if (address === undefined) return text;
  const [length, full] = address.kind() === 'ipv4' ? [bits.ipv4, 32] : [bits.ipv6, 128];
  if (length === full) return textOf(address);
  const kept = address.toByteArray().map((byte, index) => byte & (0xff << (8 - clamp(length - index * 8))));
  return `${textOf(ipaddr.fromByteArray(kept.map((byte) => byte & 0xff)))}/${length}`;
}

/** Whether an address can only be reached from this machine. */
export function isLoopbackAddress(text: string): boolean {
  return parse(text)?.range() === 'loopback';
}

/**
 * Whether an address can belong to another machine: of the internet or of a private network, neither of this machine
 * (loopback, unspecified) nor of its link (where clouds keep their metadata), nor of many.
 */
export function isRoutable(text: string): boolean {
  return ROUTABLE.has(parse(text)?.range() ?? '');
}

/**
 * A list of addresses and CIDR ranges, to look addresses up in. IPv4 ranges hold IPv4-mapped
 * addresses too, and `::/0` holds everything.
 *
 * @param onInvalid called with the index of each entry that is neither; that entry is left out
 */
export function addressRanges(entries: readonly string[], onInvalid: (index: number) => void): AddressRanges {
  const ranges: (readonly [ipaddr.IPv6, number])[] = [];
  for (const [index, entry] of entries.entries()) {
    const range = parseRange(entry);
    if (range === undefined) onInvalid(index);
    else ranges.push(range);
  }
  return {
    includes: (text) => {
      const address = parse(text);
      if (address === undefined) return false;
      const wide = toIPv6(address);
      return ranges.some(([network, bits]) => wide.match(network, bits));
    },
  };
}

/** A range in terms of IPv6, into which IPv4 is mapped. A zone id is refused: it would not be compared. */
function parseRange(entry: string): readonly [ipaddr.IPv6, number] | undefined {
  const [text = '', prefix, ...rest] = entry.split('/');
  if (rest.length > 0 || text.includes('%') || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return undefined;
  const family = isIP(text);
  if (family === 0) return undefined;
  const full = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? full : Number(prefix);
  if (bits > full) return undefined;
  return [toIPv6(ipaddr.parse(text)), family === 4 ? MAPPED_BITS + bits : bits];
}

/** Node judges what is an address, since ipaddr.js reads octal and shortened IPv4 too. */
function parse(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text.split('%', 1)[0] ?? '');
}

function toIPv6(address: Address): ipaddr.IPv6 {
  return address.kind() === 'ipv6' ? (address as ipaddr.IPv6) : (address as ipaddr.IPv4).toIPv4MappedAddress();
}

function textOf(address: Address): string {
  return address.kind() === 'ipv6' ? (address as ipaddr.IPv6).toRFC5952String() : address.toString();
}

function clamp(bits: number): number {
  return Math.max(0, Math.min(8, bits));
}
