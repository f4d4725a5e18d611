/** What the documentation points at is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

t.test('links lead to files', async (t) => {
  for (const page of PAGES)
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
      t.ok(existsSync(join(ROOT, dirname(page), link)), `${page}: ${link}`);
});

t.test('npm has the scripts that are mentioned', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
  for (const page of PAGES)
    for (const [, name = ''] of read(page).matchAll(/npm run (?:--silent )?([\w:-]+)/g))
      t.type(scripts[name], 'string', `${page}: npm run ${name}`);
});

t.test('the threat model names tests that there are', async (t) => {
  const named = [...read('docs/threat-model.md').matchAll(/`((?:[a-z-]+\/)+[a-z-]+)`/g)].map(([, name = '']) => name);
  t.ok(named.length > 20, 'most measures name their test');
  for (const name of named)
    t.ok(existsSync(join(ROOT, `test/${name}.test.ts`)) || existsSync(join(ROOT, `test/${name}.ts`)), name);
});

t.test('every decision is listed', async (t) => {
  const list = read('docs/decisions/README.md');
  for (const file of globSync('docs/decisions/*.md', { cwd: ROOT }))
    if (!file.endsWith('README.md')) t.ok(list.includes(`(${file.split(/[\\/]/).at(-1)})`), file);
});
