import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { mayOthersWrite } from '../../src/config/who-may-write.ts';

t.test('modes of the file and of every folder above it', { skip: process.platform === 'win32' }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'ews-gateway-modes-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'above', 'config');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, '', { mode: 0o640 });
  t.equal(mayOthersWrite(file), false, 'also below a folder like /tmp, where nobody replaces files of others');
  const link = join(root, 'link.yaml');
  symlinkSync(file, link);
  for (const [path, mode] of [
    [file, 0o660],
    [file, 0o642],
    [folder, 0o775],
    [join(root, 'above'), 0o777],
  ] as const) {
    chmodSync(path, mode);
    t.equal(mayOthersWrite(file), true, `${path} ${mode.toString(8)}`);
    t.equal(mayOthersWrite(link), true, 'and by a link');
    chmodSync(path, path === file ? 0o640 : 0o755);
  }
  t.equal(mayOthersWrite(link), false);
});

t.test('what cannot be told is not said to be safe', async (t) => {
  t.equal(mayOthersWrite('C:\\gateway.yaml', 'win32'), undefined);
});
