/** A process is killed again and again while it writes: what can be read is always the old or a new whole file. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { writeAtomically } from '../../src/state/atomic-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-killed-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'state.json');
const module = new URL('../../src/state/atomic-file.ts', import.meta.url).href;
const SIZE = 2_000_000;

/** Writes for ever, each time other content, and tells when it begins. */
const writer = `
import { writeAtomically } from ${JSON.stringify(module)};
process.stdout.write('begun');
for (let count = 0; ; count++) {
  const letter = String.fromCharCode(97 + (count % 26));
  writeAtomically(${JSON.stringify(file)}, letter.repeat(${SIZE}));
}
`;

t.test('at whatever moment', async (t) => {
  writeFileSync(join(folder, 'writer.mjs'), writer);
  writeAtomically(file, '-'.repeat(SIZE));
  const seen = new Set<string>();
  for (let round = 0; round < 25; round++) {
    const child = spawn(process.execPath, [join(folder, 'writer.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    // Another moment of the writing each time.
    await new Promise((resolve) => setTimeout(resolve, round * 1.3));
    child.kill('SIGKILL');
    await ended;
    const text = readFileSync(file, 'utf8');
    const [first = ''] = text;
    seen.add(first);
    if (text !== first.repeat(SIZE)) t.fail(`round ${round}: ${text.length} bytes`);
  }
  t.ok(seen.size > 2, `${seen.size} different contents were seen`);
});
