/** A process is killed again and again while it writes: what can be read is always the old or a new whole file. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { writeAtomically } from '../../src/state/atomic-file.ts';
import { TokenStore } from '../../src/state/token-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-killed-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'state.json');
const module = new URL('../../src/state/atomic-file.ts', import.meta.url).href;
const SIZE = 2_000_000;

/** Writes for ever, each time other content, and tells when it begins. */
const writer = `
import { writeAtomically } from ${JSON.stringify(module)};
process.stdout.write('begun');
for (let count = 0; ; count++) writeAtomically(${JSON.stringify(file)}, String.fromCharCode(97 + (count % 26)).repeat(${SIZE}));
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

t.test('a write that fails leaves the old file and nothing beside it', async (t) => {
  const own = join(folder, 'own');
  const path = join(own, 'x.json');
  writeAtomically(path, 'old');
  rmSync(path);
  // A folder that is not empty stands where the file should be.
  writeAtomically(join(path, 'inside'), 'x');
  t.throws(() => writeAtomically(path, 'new'));
  t.same([readdirSync(path), readdirSync(own)], [['inside'], ['x.json']]);
});

t.test('a token that is damaged anywhere is not taken for another', async (t) => {
  const store = new TokenStore(join(folder, 'tokens'), Buffer.alloc(32, 7));
  store.write('contoso', 'a@contoso.test', 'the-refresh-token');
  const path = join(folder, 'tokens', readdirSync(join(folder, 'tokens'))[0] ?? '');
  const text = readFileSync(path, 'utf8');
  t.equal(store.read('contoso', 'A@contoso.test'), 'the-refresh-token');
  t.equal(store.read('contoso', 'b@contoso.test'), undefined);
  const { iv, tag, data } = JSON.parse(text) as Record<string, string>;
  for (const field of [iv, tag, data] as string[]) {
    const bytes = Buffer.from(field, 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      writeFileSync(path, text.replace(field, changed.toString('base64')));
      t.throws(() => store.read('contoso', 'a@contoso.test'), { message: /cannot be decrypted/ });
    }
  }
  t.throws(() => new TokenStore(folder, Buffer.alloc(16)), { message: /16 bytes instead of 32/ });
});
