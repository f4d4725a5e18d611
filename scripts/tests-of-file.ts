/** Which tests reach a file, by the imports of this project. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Test files that are asked where they come by: those of the nearest folders. */
const MOST_ASKED = 40;

/** For each file, what it imports of this project. */
export function importsOf(files: readonly string[], root: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)].map(([, path]) =>
        relative(root, resolve(root, dirname(file), path ?? '')),
      ),
    ]),
  );
}

/** Test files that reach a file by their imports: of the nearest folders, then by the number of imports between. */
export function testsOf(file: string, imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set([file]);
  for (const reached of found)
    for (const [importer, imported] of imports) if (imported.includes(reached)) found.add(importer);
  const folders = dirname(file).split('/').slice(1);
  const near = (test: string): number => {
    const far = folders.findIndex((folder, index) => test.split('/')[index + 1] !== folder);
    return far === -1 ? folders.length : far;
  };
  return [...found]
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.long.test.ts'))
    .toSorted((one, other) => near(other) - near(one))
    .slice(0, MOST_ASKED);
}

/** A hash of what a test imports, and of what that imports: while it stays, so does what the test does. */
export function hashOf(root: string, test: string, imports: ReadonlyMap<string, readonly string[]>): string {
  const reached = new Set([test]);
  for (const file of reached) for (const imported of imports.get(file) ?? []) reached.add(imported);
  const hash = createHash('sha256');
  for (const file of [...reached].toSorted())
    if (imports.has(file)) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}
