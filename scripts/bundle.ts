/**
 * Puts the program, and all it imports, into one file, dist/bundle/main.js, with V8's code of it: npm run build
 *
 * That is what dist/launch.js and the single executables run. The demo is left out: it needs the simulator, its mailbox
 * and a client.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { run } from './commands.ts';

const ROOT = join(import.meta.dirname, '..');
/** As in launch.js, package.json and service files: V8 takes no code that was kept under other options. */
export const NODE_OPTIONS = ['--max-semi-space-size=16'];

/** @param outfile gets a function for src/run-bundle.ts; files beside the source are looked for beside it */
export async function bundle(outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    // Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [
      {
        name: 'without the shebang',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\/src\/main\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replace(/^#!.*/, ''),
            loader: 'ts',
          })),
      },
      {
        name: 'without the demo',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\/demo\.ts$/ }, ({ importer }) =>
            importer === join(ROOT, 'src/cli/run.ts') ? { path: join(import.meta.dirname, 'no-demo.ts') } : undefined,
          ),
      },
    ],
  });
  writeFileSync(outfile, ascii(readFileSync(outfile, 'utf8')));
  return metafile;
}

/**
 * The same program with escapes for all characters beyond ASCII, which esbuild leaves in regular expressions and
 * templates: one of them makes V8 hold two bytes for each character of the bundle.
 *
 * @throws Error where such a character stands in a template that would be shown the escape
 */
function ascii(program: string): string {
  if (/String\.raw`[^`]*[^\0-\x7f]/.test(program)) throw new Error('String.raw with a character beyond ASCII');
  return program.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Keeps what this Node.js compiles of a bundle. @throws Error where V8 would not take it */
export function makeCache(main: string, cache: string): void {
  for (const mode of ['make', 'check'])
    run(process.execPath, [...NODE_OPTIONS, join(import.meta.dirname, 'code-cache.ts'), mode, main, cache], ROOT);
}

if (import.meta.main) {
  const folder = join(ROOT, 'dist/bundle');
  const main = join(folder, 'main.js');
  await bundle(main);
  cpSync(join(ROOT, 'src/ews/schemas'), join(folder, 'schemas'), { recursive: true });
  makeCache(main, join(folder, 'main.cache'));
}
