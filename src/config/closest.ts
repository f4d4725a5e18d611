/** What somebody probably meant to write. */

/**
 * @param known names that are right
 * @returns the one that differs from `written` in case and signs only, or else by at most two letters
 */
export function closest(known: readonly string[], written: string): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, '');
  return (
    known.find((name) => plain(name) === plain(written)) ??
    known.find((name) => distance(plain(name), plain(written)) <= 2)
  );
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
