/** scripts/release.ts on a copy of the project, without the builds, which test/scripts/single-executable.ts tries. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { VERSION } from '../../src/version.ts';
import { LONG_ONLY } from '../support/effort.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHANGELOG = '# Changelog\n\n## 1.2.3 (unreleased)\n\n- Is tried.\n\n## 0.1.0 (2026-11-01)\n\n- Was first.\n';

interface Copy {
  read(file: string): string;
  write(file: string, text: string): void;
  /** Names in a folder. */
  files(folder: string): string[];
  /** What git prints. */
  git(...args: readonly string[]): string;
  release(...options: readonly string[]): { readonly status: number | null; readonly output: string };
}

type Json = Record<string, unknown>;

function copyOfProject(t: Test): Copy {
  const folder = t.testdir();
  const path = (file: string): string => join(folder, file);
  for (const file of ['package.json', 'package-lock.json', '.gitignore', 'scripts'])
    cpSync(join(ROOT, file), path(file), { recursive: true });
  mkdirSync(path('src'));
  const run = (
    command: string,
    args: readonly string[],
  ): { readonly status: number | null; readonly output: string } => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };
  const copy: Copy = {
    read: (file) => readFileSync(path(file), 'utf8'),
    write: (file, text) => writeFileSync(path(file), text),
    files: (name) => readdirSync(path(name)).toSorted(),
    git: (...args) => run('git', ['-c', 'user.name=Releaser', '-c', 'user.email=releaser@example.com', ...args]).output,
    release: (...options) => run(process.execPath, ['scripts/release.ts', '--skip-builds', ...options]),
  };
  const manifest = JSON.parse(copy.read('package.json')) as Json;
  copy.write('package.json', JSON.stringify({ ...manifest, version: '1.2.3' }));
  const lock = JSON.parse(copy.read('package-lock.json')) as { readonly packages: Readonly<Record<string, Json>> };
  const packages = { ...lock.packages, '': { ...lock.packages[''], version: '1.2.3' } };
  copy.write('package-lock.json', JSON.stringify({ ...lock, version: '1.2.3', packages }));
  copy.write('src/version.ts', `export const VERSION = '1.2.3';\n`);
  copy.write('CHANGELOG.md', CHANGELOG);
  return copy;
}

t.test('the version of this project is the same everywhere', async (t) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  t.equal(VERSION, version, 'if not: node scripts/release.ts --set-version');
});

t.test('a dry run writes notes, bill of materials and checksums, and tags nothing', async (t) => {
  const copy = copyOfProject(t);
  copy.git('init', '--quiet');
  const { status, output } = copy.release();
  t.equal(status, 0, output);
  t.match(output, 'Dry run of v1.2.3 (unreleased)');
  t.equal(copy.git('tag'), '');
  t.strictSame(copy.files('dist/release'), ['RELEASE-NOTES.md', 'SHA256SUMS', 'ews-gateway-1.2.3.cdx.json']);
  t.equal(copy.read('dist/release/RELEASE-NOTES.md'), '# ews-gateway 1.2.3\n\n- Is tried.\n');
  const bill = copy.read('dist/release/ews-gateway-1.2.3.cdx.json');
  const { metadata, components } = JSON.parse(bill) as {
    readonly metadata: { readonly component: Json };
    readonly components: readonly Json[];
  };
  t.match(metadata.component, { name: 'ews-gateway', version: '1.2.3' });
  const names = new Set(components.map(({ name }) => name));
  t.ok(names.has('undici'), 'what is shipped');
  t.notOk(names.has('tap'), 'not what it is developed with');
  const sum = createHash('sha256').update(bill).digest('hex');
  t.match(copy.read('dist/release/SHA256SUMS'), `${sum}  ews-gateway-1.2.3.cdx.json\n`);
});

for (const [name, change, message] of [
  [
    'another version in the code',
    (copy) => copy.write('src/version.ts', `export const VERSION = '1.2.2';\n`),
    'package.json has version 1.2.3, src/version.ts has 1.2.2',
  ],
  [
    'another version in the lock file',
    (copy) => copy.write('package-lock.json', copy.read('package-lock.json').replace('"1.2.3"', '"1.2.2"')),
    'package-lock.json has 1.2.2',
  ],
  [
    'no section in the changelog',
    (copy) => copy.write('CHANGELOG.md', CHANGELOG.replace('1.2.3', '1.2.4')),
    'CHANGELOG.md has no section "## 1.2.3 (YYYY-MM-DD)"',
  ],
  [
    'an empty section',
    (copy) => copy.write('CHANGELOG.md', CHANGELOG.replace('- Is tried.\n', '')),
    'CHANGELOG.md says nothing about 1.2.3',
  ],
] as const satisfies readonly (readonly [string, (copy: Copy) => void, string])[])
  t.test(`no release: ${name}`, async (t) => {
    const copy = copyOfProject(t);
    change(copy);
    const { status, output } = copy.release();
    t.equal(status, 1);
    t.match(output, message);
  });

t.test('the version of package.json can be written into the code', async (t) => {
  const copy = copyOfProject(t);
  copy.write('src/version.ts', `/** The release. */\nexport const VERSION = '0.0.1';\n`);
  t.equal(copy.release('--set-version').status, 0);
  t.equal(copy.read('src/version.ts'), `/** The release. */\nexport const VERSION = '1.2.3';\n`);
});

t.test(
  'publishing tags a commit once, with the notes, if all is committed and dated',
  { skip: LONG_ONLY },
  async (t) => {
    const copy = copyOfProject(t);
    copy.git('init', '--quiet');
    t.match(copy.release('--publish').output, 'CHANGELOG.md calls 1.2.3 unreleased');
    copy.write('CHANGELOG.md', CHANGELOG.replace('unreleased', '2026-12-24'));
    t.match(copy.release('--publish').output, 'changes that are not committed');
    copy.git('add', '--all');
    copy.git('commit', '--quiet', '--message', 'Release 1.2.3');
    copy.git('config', 'user.name', 'Releaser');
    copy.git('config', 'user.email', 'releaser@example.com');
    const { status, output } = copy.release('--publish');
    t.equal(status, 0, output);
    t.match(copy.git('tag', '--list', '--format=%(contents)', 'v1.2.3'), '# ews-gateway 1.2.3\n\n- Is tried.');
    t.match(copy.release('--publish').output, 'The tag v1.2.3 is there already');
  },
);
