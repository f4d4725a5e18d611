let latest = Number.NaN;
let text = '';
let second = Number.NaN;
/** Up to the fraction of the second, which is most of the work, for all lines of one second. */
let beginning = '';

/** The time now as lines have it: ISO 8601, UTC. */
export function isoNow(): string {
  const now = Date.now();
  if (now === latest) return text;
  const millisecond = now % 1_000;
  if (now - millisecond !== second) {
    second = now - millisecond;
    beginning = new Date(now).toISOString().slice(0, -'000Z'.length);
  }
  latest = now;
  text = `${beginning}${String(millisecond).padStart(3, '0')}Z`;
  return text;
}
