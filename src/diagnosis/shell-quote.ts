/** Arguments in commands that are suggested to be copied. */

const BARE = /^[\w@.+%:/=-]+$/;
/** What sh or PowerShell would read as more than itself between double quotes. */
const ACTIVE = /[$`"!\u201c-\u201e]|\\\\|\\$/;

/**
 * Quotes a text as one argument for sh, PowerShell and cmd alike: as it is where it can be, else between
 * double quotes, which all three know. What is special there goes between single quotes, which cmd lacks.
 */
export function quoteForShell(text: string): string {
  if (BARE.test(text)) return text;
  return ACTIVE.test(text) ? `'${text.replaceAll("'", `'\\''`)}'` : `"${text}"`;
}
