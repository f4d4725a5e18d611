import { existsSync } from 'node:fs';
import t from 'tap';
import { matchesPassword, parsePasswordHash } from '../../src/callers/password-hash.ts';
import { run, spawnCommand } from '../support/command.ts';
import { PASSWORD } from '../support/stack.ts';

async function isHashOf(output: string, password: string): Promise<boolean> {
  const hash = parsePasswordHash(output.trim());
  return hash !== undefined && matchesPassword(password, hash);
}

t.test('from a pipe: one line in, the hash out', async (t) => {
  const command = run(t, ['hash-password'], { input: `${PASSWORD}\r\nnot this\n` });
  t.equal(await command.ended, 0);
  t.ok(await isHashOf(command.stdout, PASSWORD));
  t.match(command.stderr, /^The password has letters beyond ASCII.* send a \? for each/, 'it holds an umlaut');
  t.match(command.stdout, /^\$argon2id\$v=19\$m=\S+ \$argon2id\$v=19\$\S+\n$/, 'so there are two');
  const plain = run(t, ['hash-password'], { input: 'plain' });
  await plain.ended;
  t.match(plain.stdout, /^\$argon2id\$\S+\n$/);
  t.equal(plain.stderr, '');
  const again = run(t, ['hash-password'], { input: PASSWORD });
  await again.ended;
  t.not(again.stdout, command.stdout, 'salted');
});

t.test('an empty password is refused', async (t) => {
  const command = run(t, ['hash-password'], { input: '\n' });
  t.equal(await command.ended, 1);
  t.match(command.stderr, /empty/);
});

t.test(
  'on a terminal: asks twice and shows nothing of what is typed',
  { skip: existsSync('/usr/bin/script') ? false : 'needs script(1)' },
  async (t) => {
    const command = spawnCommand(t, ['hash-password'], { terminal: true });
    await command.until(/Password: /);
    command.type(`${PASSWORD}\r`);
    await command.until(/Once more: /);
    command.type(`${PASSWORD}\r`);
    const [hash] = await command.until(/\$argon2id\$[\w$=,+/ ]+/);
    t.equal(await command.ended, 0);
    t.ok(await isHashOf(hash, PASSWORD));
    t.notMatch(command.stdout + command.stderr, /PLANTED/);

    const different = spawnCommand(t, ['hash-password'], { terminal: true });
    await different.until(/Password: /);
    different.type('one\r');
    await different.until(/Once more: /);
    different.type('another\r');
    await different.until(/not the same/);
    t.equal(await different.ended, 1);
  },
);
