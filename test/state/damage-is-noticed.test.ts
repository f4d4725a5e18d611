import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { writeAtomically } from '../../src/state/atomic-file.ts';
import { TokenStore } from '../../src/state/token-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-state-'));
t.teardown(() => rmSync(folder, { recursive: true }));

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
