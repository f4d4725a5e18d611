/** Puts values into PowerShell so that they stay values. */

/** What stands in a single-quoted string as it is; the quote itself is doubled. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * A PowerShell expression for a text: a single-quoted string, in which nothing is expanded. PowerShell
 * takes U+2018 to U+201B for single quotes too, and Windows PowerShell reads a file without a byte order
 * mark in the machine's code page; so whatever is not printable ASCII is written as `[char]` with its
 * UTF-16 code unit.
 *
 * @see https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
export function quoted(text: string): string {
  if (PLAIN.test(text)) return singleQuoted(text);
  const parts = [...text.matchAll(/([\x20-\x7e]+)|([^])/g)].map(([, plain, unit]) =>
    plain === undefined ? `[char]0x${(unit ?? '').charCodeAt(0).toString(16).padStart(4, '0')}` : singleQuoted(plain),
  );
  // The empty string first, or two characters in a row would be added as numbers.
  return `('' + ${parts.join(' + ')})`;
}

/** An array of texts, one a line, also where there are none or one. */
export function quotedList(texts: readonly string[]): string {
  return texts.length === 0 ? '@()' : `@(\n${texts.map((text) => `  ${quoted(text)}`).join('\n')}\n)`;
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
