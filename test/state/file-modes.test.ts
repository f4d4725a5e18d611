/** Files that hold something secret are for the own account only, whatever stood there before. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readIfThere, readSecretIfThere, writeAtomically } from '../../src/state/atomic-file.ts';

const skip = process.platform === 'win32' ? 'no modes here' : false;
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-modes-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

t.test('a temporary file that is in the way is removed, and a link in its place not followed', { skip }, async (t) => {
  const [path, elsewhere] = [join(folder, 'state.json'), join(folder, 'elsewhere')];
  writeFileSync(elsewhere, 'untouched');
  symlinkSync(elsewhere, `${path}.${process.pid}.new`);
  writeAtomically(path, 'secret');
  t.equal(readFileSync(elsewhere, 'utf8'), 'untouched');
  t.equal(readFileSync(path, 'utf8'), 'secret');
  t.equal(modeOf(path), 0o600);
});

t.test('a secret that others can read is closed to them when it is read', { skip }, async (t) => {
  const path = join(folder, 'key');
  writeFileSync(path, 'secret');
  for (const [was, is] of [
    [0o644, 0o640],
    [0o666, 0o640],
    [0o602, 0o600],
    [0o640, 0o640],
    [0o400, 0o400],
  ] as const) {
    chmodSync(path, was);
    t.equal(readIfThere(path), 'secret');
    t.equal(modeOf(path), was, 'a file that is no secret keeps its mode');
    t.equal(readSecretIfThere(path), 'secret');
    t.equal(modeOf(path), is, was.toString(8));
  }
  t.equal(readSecretIfThere(join(folder, 'none')), undefined);
});
