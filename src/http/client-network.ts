/** The network that a client's address counts for. */

/**
 * @returns an IPv4 address as it is; of an IPv6 address its first 64 bits, which one customer or machine has to
 *   itself, so that it cannot pass for many
 * @example clientNetwork('2001:db8:1:2:3::4') // '2001:db8:1:2::/64'
 * @see https://www.rfc-editor.org/rfc/rfc6177
 */
export function clientNetwork(address: string): string {
  const plain = address.replace(/%.*$/s, '');
  const mapped = /^(?:0{0,4}:){1,5}:?ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (!plain.includes(':')) return plain;
  const [front = '', back] = plain.toLowerCase().split('::');
  const parts = front === '' ? [] : front.split(':');
  const behind = back === undefined || back === '' ? [] : back.split(':');
  const missing = back === undefined ? 0 : 8 - parts.length - behind.length;
  const all = [...parts, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...behind];
  const prefix = all.slice(0, 4).map((part) => Number.parseInt(part, 16).toString(16));
  return `${prefix.join(':')}::/64`;
}
