/**
 * Finds lines that are too wide to read beside another file: npm run lint:width [-- FOLDER...]
 *
 * The formatter leaves strings, comments and templates as they are; this looks at every
 * line but those that hold one address or one regular expression.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';

/** As in .prettierrc.json. */
const COLUMNS = 120;
const CODE = new Set(['.ts', '.mts', '.js', '.mjs', '.cjs', '.py', '.sh']);
/** An address in a comment, which cannot be broken. */
const ADDRESS_ALONE = /^\s*(?:\*|\/\/)\s*(?:@see )?https?:\/\/\S+$/;
/** A regular expression, which cannot be broken either. */
const EXPRESSION_ALONE = /^\s*\/(?![/*]).*\/[a-z]*[,;]?$/;
const FOLDERS = ['src', 'test', 'bench', 'scripts'];
/** What others wrote. */
const RECORDED = join('test', 'fixtures');

export interface WideLine {
  readonly file: string;
  readonly line: number;
  /** Characters, not bytes. */
  readonly columns: number;
}

/**
 * @param root what the folders, and the files in the result, are relative to
 * @returns lines of more than 120 columns
 */
export function wideLines(root: string, folders: readonly string[]): WideLine[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && CODE.has(extname(entry.name)))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((file) => !file.startsWith(RECORDED))
      .toSorted()
      .flatMap((file) => inFile(root, file)),
  );
}

function inFile(root: string, file: string): WideLine[] {
  return readFileSync(join(root, file), 'utf8')
    .split(/\r?\n/)
    .flatMap((text, index) => {
      const columns = ADDRESS_ALONE.test(text) || EXPRESSION_ALONE.test(text) ? 0 : [...text].length;
      return columns > COLUMNS ? [{ file, line: index + 1, columns }] : [];
    });
}

if (import.meta.main) {
  const wanted = process.argv.slice(2);
  const found = wideLines(join(import.meta.dirname, '..'), wanted.length === 0 ? FOLDERS : wanted);
  for (const { file, line, columns } of found) process.stdout.write(`${file}:${line}: ${columns} columns\n`);
  if (found.length > 0) {
    process.stdout.write(`${found.length} lines exceed ${COLUMNS} columns\n`);
    process.exitCode = 1;
  }
}
