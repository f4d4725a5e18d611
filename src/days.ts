/** A day, in milliseconds. */
export const DAY = 86_400_000;

/** Whole days until an end, negative once it has passed. @param now milliseconds since the epoch */
export function daysUntil(end: Date, now: number): number {
  return Math.floor((end.getTime() - now) / DAY);
}
