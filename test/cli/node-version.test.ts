/** What starts the program is plain JavaScript, so that it can say what is missing. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const ROOT = join(import.meta.dirname, '../..');
const LAUNCH = join(ROOT, 'src/launch.js');

function launch(...options: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...options, LAUNCH, '--version'], { encoding: 'utf8' });
}

function pretending(version: string): string {
  const text = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;
  return `--import=data:text/javascript,${encodeURIComponent(text)}`;
}

t.test('an older Node.js is told in one sentence', async (t) => {
  for (const version of ['20.19.0', '23.11.1', '24.6.0'])
    t.match(launch(pretending(version)), {
      status: 1,
      stdout: '',
      stderr: `ews-gateway needs Node.js 24.7 or later, and this is ${version}.\n`,
    });
  for (const version of ['24.7.0', '25.0.0'])
    t.match(launch(pretending(version)), { status: 0, stdout: /^ews-gateway \d/ }, version);
});

t.test('so is one that does not run TypeScript', async (t) => {
  const { status, stderr } = launch('--no-experimental-strip-types');
  t.equal(status, 1);
  t.match(stderr, /^This Node\.js does not run TypeScript: .*npm run build\.\n$/);
});

t.test('the package says the same', async (t) => {
  const { engines, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    engines: { node: string };
    scripts: Record<string, string>;
  };
  t.equal(engines.node, '>=24.7');
  for (const page of ['README.md', 'docs/quick-start.md'])
    t.match(readFileSync(join(ROOT, page), 'utf8'), /\[Node\.js\]\(https:\/\/nodejs\.org\) 24\.7 or newer/, page);
  t.same(
    Object.entries(scripts).filter(([, script]) => script.includes('src/main.ts')),
    [],
    'every script starts what looks at the version',
  );
});
