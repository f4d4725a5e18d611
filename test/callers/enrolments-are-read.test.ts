import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Enrolments } from '../../src/callers/enrolments.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { CHEAP } from '../support/stack.ts';

const DAVE = 'dave@contoso.test';

t.test('a file that is no state of the gateway is refused, and stays as it is', async (t) => {
  const hash = await hashPassword('$argon2id$x', CHEAP);
  const file = join(t.testdir(), 'state.json');
  const write = (state: object | string): void =>
    writeFileSync(file, typeof state === 'string' ? state : JSON.stringify(state), { mode: 0o600 });
  for (const state of [
    '',
    '{',
    'null',
    { version: 2, passwords: {}, windows: {} },
    { version: 1, windows: {} },
    { version: 1, passwords: null, windows: {} },
    { version: 1, passwords: {} },
    { version: 1, passwords: { [DAVE]: { hash: '$argon2id$x', replaces: null } }, windows: {} },
    { version: 1, passwords: { [DAVE]: null }, windows: {} },
    { version: 1, passwords: {}, windows: { [DAVE]: null } },
    { version: 1, passwords: {}, windows: { [DAVE]: { opened: 0, until: 1, replace: true } } },
  ]) {
    write(state);
    t.throws(
      () => new Enrolments(file),
      { message: /state\.json is not a state file of the gateway/ },
      JSON.stringify(state),
    );
  }
  write({ version: 1, passwords: { [DAVE]: { hash, replaces: null } }, windows: {} });
  t.equal(new Enrolments(file).hashOf(DAVE, undefined), hash, 'one of before 0.1.0 is read');
  t.equal(new Enrolments(file).hashOf('constructor', undefined), undefined);
});
