/**
 * Makes a release: npm run release [-- --skip-builds] [-- --publish]
 *
 * Checks that the version is the same everywhere and that the changelog describes it, then builds the npm
 * package and the executables, and writes them with a software bill of materials, release notes and
 * checksums to dist/release. Without --publish that is all. With it, the commit gets the tag vVERSION, in
 * this clone only: pushing the tag and uploading the files is left to whoever releases.
 *
 * `npm version` runs it with --set-version, which writes the version of package.json into src/version.ts.
 *
 * @see https://docs.npmjs.com/cli/commands/npm-sbom
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { npm, read, run } from './commands.ts';

const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'dist/release');
const VERSION_FILE = join(ROOT, 'src/version.ts');
const VERSION_LINE = /^export const VERSION = '([^']*)';$/m;

interface Manifest {
  readonly name: string;
  readonly version: string;
}

interface Lock {
  readonly version: string;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

interface Section {
  /** A date, or "unreleased". */
  readonly state: string;
  readonly text: string;
}

/**
 * The changelog's section on a version, as in "## 1.2.3 (2026-12-24)".
 *
 * @throws Error if there is none, or nothing in it
 */
export function changelogSection(changelog: string, version: string): Section {
  const [, ...sections] = changelog.split(/^## /m);
  for (const section of sections) {
    const [, name, state, text = ''] = /^(\S+) \((unreleased|\d{4}-\d\d-\d\d)\)\n([^]*)$/.exec(section) ?? [];
    if (name !== version || state === undefined) continue;
    if (text.trim() === '') throw new Error(`CHANGELOG.md says nothing about ${version}`);
    return { state, text: text.trim() };
  }
  throw new Error(`CHANGELOG.md has no section "## ${version} (YYYY-MM-DD)", nor one with "(unreleased)"`);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
}

/** @throws Error if the version is not that of package.json everywhere */
function checkVersions(version: string): void {
  const lock = readJson('package-lock.json') as Lock;
  const found = {
    'src/version.ts': VERSION_LINE.exec(readFileSync(VERSION_FILE, 'utf8'))?.[1],
    'package-lock.json': lock.version,
    'package-lock.json, its root package': lock.packages['']?.version,
  };
  for (const [place, other] of Object.entries(found))
    if (other !== version) throw new Error(`package.json has version ${version}, ${place} has ${other ?? 'none'}`);
}

/** Makes the npm package and the executables, from nothing that was built before. */
function build(): void {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  // Not into dist yet, which is what is packed.
  const work = mkdtempSync(join(tmpdir(), 'ews-gateway-release-'));
  try {
    run(...npm(['pack', '--pack-destination', work, '--silent']), ROOT);
    run(process.execPath, [join(ROOT, 'scripts/package.ts')], ROOT);
    mkdirSync(OUTPUT, { recursive: true });
    for (const folder of [work, join(ROOT, 'dist/package')])
      for (const file of readdirSync(folder))
        if (file !== 'SHA256SUMS') copyFileSync(join(folder, file), join(OUTPUT, file));
  } finally {
    rmSync(work, { recursive: true });
  }
}

/**
 * What is shipped, as CycloneDX.
 *
 * npm leaves out packages that a development package needs as well (`--omit dev`), and takes the folder's
 * name for the project's. So it is given a folder of that name, and a lock file without the others.
 */
function billOfMaterials(): string {
  const work = mkdtempSync(join(tmpdir(), 'ews-gateway-sbom-'));
  try {
    const manifest = readJson('package.json') as Manifest;
    const lock = readJson('package-lock.json') as Lock;
    const folder = join(work, manifest.name);
    mkdirSync(folder);
    const shipped = Object.entries(lock.packages)
      .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
      .map(([path, entry]) => [path, path === '' ? { ...entry, devDependencies: {} } : entry]);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, devDependencies: {} }));
    writeFileSync(
      join(folder, 'package-lock.json'),
      JSON.stringify({ ...lock, packages: Object.fromEntries(shipped) as unknown }),
    );
    const format = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
    return read(...npm(['sbom', ...format, '--package-lock-only']), folder);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function checksums(): string {
  return readdirSync(OUTPUT)
    .toSorted()
    .map(
      (file) =>
        `${createHash('sha256')
          .update(readFileSync(join(OUTPUT, file)))
          .digest('hex')}  ${file}\n`,
    )
    .join('');
}

function release(options: { readonly builds: boolean; readonly publish: boolean }): void {
  const { version } = readJson('package.json') as Manifest;
  const tag = `v${version}`;
  checkVersions(version);
  const { state, text } = changelogSection(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), version);
  if (options.publish) {
    if (state === 'unreleased') throw new Error(`CHANGELOG.md calls ${version} unreleased: give it a date`);
    if (read('git', ['status', '--porcelain'], ROOT) !== '')
      throw new Error('There are changes that are not committed');
    if (read('git', ['tag', '--list', tag], ROOT) !== '') throw new Error(`The tag ${tag} is there already`);
  }
  rmSync(OUTPUT, { recursive: true, force: true });
  if (options.builds) build();
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(join(OUTPUT, `ews-gateway-${version}.cdx.json`), billOfMaterials());
  writeFileSync(join(OUTPUT, 'RELEASE-NOTES.md'), `# ews-gateway ${version}\n\n${text}\n`);
  writeFileSync(join(OUTPUT, 'SHA256SUMS'), checksums());
  process.stdout.write(`${readFileSync(join(OUTPUT, 'SHA256SUMS'), 'utf8')}`);
  if (options.publish) {
    // Lines that begin with # are part of the notes.
    run('git', ['tag', '--annotate', '--cleanup=whitespace', '--file', join(OUTPUT, 'RELEASE-NOTES.md'), tag], ROOT);
    process.stdout.write(`${tag} is tagged here. Push it with: git push origin ${tag}\n`);
  } else process.stdout.write(`Dry run of ${tag} (${state}): nothing is tagged. The files are in dist/release.\n`);
}

function setVersion(): void {
  const { version } = readJson('package.json') as Manifest;
  const text = readFileSync(VERSION_FILE, 'utf8');
  if (!VERSION_LINE.test(text)) throw new Error('src/version.ts has no line: export const VERSION');
  writeFileSync(VERSION_FILE, text.replace(VERSION_LINE, `export const VERSION = '${version}';`));
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({
      options: {
        'publish': { type: 'boolean', default: false },
        'skip-builds': { type: 'boolean', default: false },
        'set-version': { type: 'boolean', default: false },
      },
    });
    if (values['set-version']) setVersion();
    else release({ builds: !values['skip-builds'], publish: values.publish });
  } catch (error) {
    process.stderr.write(`No release: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
