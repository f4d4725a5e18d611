/** The address as it is written outside: an IPv4 client on a dual-stack listener appears as ::ffff:a.b.c.d. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
