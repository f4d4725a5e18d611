/** Keeps log lines short, whatever a client sends: what is too long is cut, with a mark, and the line stays JSON. */

/** Bytes of a line at most, with its line feed. */
export const MAX_LINE_BYTES = 4_096;
/** So many characters never take more bytes than that in UTF-8. */
const SURELY_SHORT = Math.floor(MAX_LINE_BYTES / 3);
const MARK = '…';
const STEPS = [1_000, 500, 200, 80, 30];
/** Entries of an array, or fields of an object, per character that a string may have. */
const ENTRIES_SHARE = 20;
const MOST_FIELDS = 40;

/**
 * @param line a JSON object and its line feed
 * @returns the line, or one of at most {@link MAX_LINE_BYTES} with its longest values cut
 */
export function boundedLine(line: string): string {
  if (line.length <= SURELY_SHORT || Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  const value = JSON.parse(line) as Readonly<Record<string, unknown>>;
  for (const step of STEPS) {
    const shorter = `${JSON.stringify(cut(value, step))}\n`;
    if (Buffer.byteLength(shorter) <= MAX_LINE_BYTES) return shorter;
  }
  const { level, time, requestId, msg } = value;
  return `${JSON.stringify(cut({ level, time, requestId, msg, cut: true }, 80))}\n`;
}

function cut(value: unknown, length: number): unknown {
  if (typeof value === 'string') return cutText(value, length);
  if (typeof value !== 'object' || value === null) return value;
  const most = Math.ceil(length / ENTRIES_SHARE);
  if (Array.isArray(value)) {
    const kept = value.slice(0, most).map((entry) => cut(entry, length));
    return value.length > most ? [...kept, `${MARK}${value.length - most} more`] : kept;
  }
  // The fields of a line are few and its own; only what they hold comes from outside.
  const entries = Object.entries(value);
  const fields = Math.max(most, MOST_FIELDS);
  const kept = entries.slice(0, fields).map(([key, entry]) => [cutText(key, length), cut(entry, length)] as const);
  return Object.fromEntries(entries.length > fields ? [...kept, [MARK, `${entries.length - fields} more`]] : kept);
}

function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  // Half of a surrogate pair is no character.
  const end = text.codePointAt(length - 1) ?? 0;
  return `${text.slice(0, end > 0xffff ? length - 1 : length)}${MARK}`;
}
