/** The time now as lines have it: ISO 8601, UTC. Busy moments have many lines in one millisecond. */
let last = 0;
let text = '';

export function isoNow(): string {
  const now = Date.now();
  if (now !== last) {
    last = now;
    text = new Date(now).toISOString();
  }
  return text;
}
