/** Clocks differ: what Graph dates this long before is still taken for ours, in milliseconds. */
const CLOCKS = 120_000;

/**
 * Whether Graph may have made something since a moment, by its date.
 *
 * @param dateTime as Graph writes it, with its zone
 * @param moment in milliseconds since 1970
 */
export function isSince(dateTime: string, moment: number): boolean {
  return Date.parse(dateTime) >= moment - CLOCKS;
}
