/**
 * Text of files that people wrote, also with Windows' own programs: Notepad and PowerShell write
 * UTF-8 with a byte order mark, or UTF-16.
 *
 * @see https://www.unicode.org/faq/utf_bom.html
 */

/** @returns the text without a byte order mark, or why it is none */
export function decodeText(bytes: Buffer): { readonly text: string } | { readonly problem: string } {
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes);
  return text.includes('\0')
    ? { problem: 'holds NUL bytes, so it is no text, or UTF-16 without a byte order mark: save it as UTF-8' }
    : { text };
}

function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/** Why a file cannot be read, and what to do. @param code of the system's error */
export function readFailure(code: string): string {
  switch (code) {
    case 'EISDIR':
      return 'is a folder (EISDIR): give the path of a file in it';
    case 'EACCES':
    case 'EPERM':
      return `cannot be read (${code}): allow the account that the gateway runs as to read it`;
    default:
      return `cannot be read (${code})`;
  }
}
