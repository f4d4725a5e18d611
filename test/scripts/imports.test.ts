/** The table of what may import what: it is complete, documented, and holds. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { LAYERS, SEPARATIONS } from '../../scripts/layers.ts';
import { THOROUGH } from '../support/effort.ts';

const ROOT = join(import.meta.dirname, '../..');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

t.test('every folder and file of src/ has its layer', async (t) => {
  const placed = new Set([...LAYERS.flat(), 'simulator', 'config/types.ts']);
  for (const name of readdirSync(join(ROOT, 'src'))) t.ok(placed.has(name), `${name} is in scripts/layers.ts`);
  for (const name of placed) t.ok(existsSync(join(ROOT, 'src', name)), `src/${name} is there`);
});

t.test('docs/architecture.md shows the same table', async (t) => {
  const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const rows = [...text.matchAll(/^\| \d \| (.*) \|$/gm)].map(([, cells = '']) =>
    [...cells.matchAll(/`([^`]+)`/g)].map(([, part]) => part),
  );
  t.strictSame(rows, LAYERS);
  const words = text.replace(/\s+/g, ' ');
  for (const { because } of SEPARATIONS) t.ok(words.includes(because), because);
});

/** What the rules say of a few files with their imports. */
const CASES: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ['downwards', { 'cli/a.ts': `import '../soap/b.ts';`, 'soap/b.ts': '' }, []],
  ['upwards', { 'soap/b.ts': `import '../ews/a.ts';`, 'ews/a.ts': '' }, ['not-upwards-from-soap']],
  [
    'upwards for a type',
    { 'state/b.ts': `import type { A } from '../telemetry/a.ts';`, 'telemetry/a.ts': 'export interface A {}' },
    ['not-upwards-from-state'],
  ],
  [
    'upwards, only when it is needed',
    { 'network/b.ts': `export const b = () => import('../http/a.ts');`, 'http/a.ts': '' },
    ['not-upwards-from-network'],
  ],
  ['from the bottom', { 'errors.ts': `import './state/a.ts';`, 'state/a.ts': '' }, ['not-upwards-from-errors-ts']],
  [
    'what loads the configuration',
    { 'telemetry/b.ts': `import '../config/load.ts';`, 'config/load.ts': '' },
    ['not-upwards-from-telemetry'],
  ],
  ['what the configuration is', { 'network/b.ts': `import '../config/types.ts';`, 'config/types.ts': '' }, []],
  ['callers and soap', { 'callers/a.ts': `import '../soap/b.ts';`, 'soap/b.ts': '' }, ['callers-know-no-protocol']],
  [
    'backends and callers',
    { 'backends/graph/a.ts': `import '../../callers/b.ts';`, 'callers/b.ts': '' },
    ['backends-know-no-caller'],
  ],
  [
    'the simulator',
    {
      'gateway/a.ts': `import '../simulator/b.ts';`,
      'cli/demo.ts': `import '../simulator/b.ts';`,
      'simulator/b.ts': '',
    },
    ['only-the-demo-simulates'],
  ],
  ['a circle', { 'soap/a.ts': `import './b.ts';`, 'soap/b.ts': `import './a.ts';` }, ['no-circles']],
  ['what is not there', { 'soap/a.ts': `import './c.ts';` }, ['everything-is-found']],
  ['what is not published', { 'soap/a.ts': `import 'tap';` }, ['published-packages-only']],
];

// Each takes a second of the processor's time: one rule that is broken, or all.
for (const [name, files, expected] of THOROUGH ? CASES : CASES.slice(1, 2))
  t.test(`the rules on ${name}`, async (t) => {
    const folder = t.testdir({ 'package.json': '{ "devDependencies": { "tap": "*" } }' });
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'src', file)), { recursive: true });
      writeFileSync(join(folder, 'src', file), text);
    }
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [CRUISER, '--config', join(ROOT, '.dependency-cruiser.mjs'), '--output-type', 'json', 'src'],
      { cwd: folder, encoding: 'utf8' },
    );
    t.equal(stderr, '');
    const { summary } = JSON.parse(stdout) as {
      readonly summary: { readonly violations: readonly { readonly rule: { readonly name: string } }[] };
    };
    t.strictSame(summary.violations.map(({ rule }) => rule.name).toSorted(), expected);
  });
