/**
 * A line of the configuration with a caret under the place of a mistake. Only words of the schema are
 * shown: any other may be part of a secret, and problems go into the log.
 */
import { ConfigFile } from './schema.ts';

/** Characters before the mistake that are shown. */
const LONGEST = 100;
const WORD = /[^\s:→[\]{},"'-][^\s:→[\]{},"']*/g;

/**
 * @param line of the file, without its end
 * @param column of the mistake, counted from 1
 * @returns two lines, indented by four
 */
export function excerpt(line: string, column: number): string {
  const start = Math.max(0, column - LONGEST);
  const shown = masked(line).slice(start, start + LONGEST + 20);
  return `    ${shown.trimEnd()}\n    ${' '.repeat(column - 1 - start)}^`;
}

/** Every character keeps its column: a tab becomes an arrow, an unknown word dots. */
function masked(line: string): string {
  const comment = /(?:^|\s)#/.exec(line);
  const content = comment === null ? line : line.slice(0, comment.index);
  return content.replaceAll('\t', '→').replaceAll(WORD, (word) => (KNOWN.has(word) ? word : '·'.repeat(word.length)));
}

const KNOWN = keysOf(ConfigFile, new Set<string>());

function keysOf(schema: unknown, found: Set<string>): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const name of Object.keys(value as object)) found.add(name);
    keysOf(value, found);
  }
  return found;
}
