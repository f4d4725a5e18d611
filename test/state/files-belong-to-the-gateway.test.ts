/** What a command writes as root into the gateway's folder belongs to the gateway's account. */
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { writeAtomically } from '../../src/state/atomic-file.ts';

const skip = process.getuid?.() === 0 ? false : 'only root can give files away';
const [ACCOUNT, GROUP] = [54_321, 54_322];

t.test('a new file belongs to the owner of its folder, another one to whom it belonged', { skip }, async (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'ews-gateway-owner-'));
  t.teardown(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, 'state');
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, ACCOUNT, GROUP);
  const path = join(folder, 'graph-capabilities.json');
  writeAtomically(path, 'first');
  t.match(statSync(path), { uid: ACCOUNT, gid: GROUP });
  t.equal(statSync(path).mode & 0o777, 0o600);
  chownSync(path, ACCOUNT + 1, GROUP + 1);
  writeAtomically(path, 'second');
  t.match(statSync(path), { uid: ACCOUNT + 1, gid: GROUP + 1 });

  const elsewhere = join(parent, 'elsewhere');
  writeFileSync(elsewhere, 'of another account');
  chownSync(elsewhere, 7, 7);
  const link = join(folder, 'link');
  symlinkSync(elsewhere, link);
  writeAtomically(link, 'third');
  t.equal(statSync(link).uid, 0, 'a link hands nothing to the owner of what it leads to');
});
