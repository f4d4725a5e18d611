import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import type { Config } from '../../src/config/types.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-secrets-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function load(secret: string, more = '', environment: Record<string, string> = {}): Config {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(
    file,
    `registrations:
  contoso:
    tenantId: 11111111-1111-4111-8111-111111111111
    clientId: 22222222-2222-4222-8222-222222222222
    credential: { secret: ${secret} }
callers:
  - username: alice@contoso.test
    password: { hash: "scrypt:32768:8:3:${'a'.repeat(22)}:${'b'.repeat(43)}" }
${more}`,
  );
  return loadConfig(file, { environment });
}

function secretOf(config: Config): string {
  const credential = config.registrations.get('contoso')?.credential;
  return credential?.kind === 'secret' ? credential.secret : '';
}

t.test('from the environment', async (t) => {
  t.equal(secretOf(load('{ env: NAME }', '', { NAME: 'from-env' })), 'from-env');
  t.throws(() => load('{ env: NAME }'), {
    message: /credential\.secret\.env: the environment variable NAME is not set/,
  });
  t.throws(() => load('{ env: NAME }', '', { NAME: '' }), { message: /is not set/ });
});

t.test('from a file beside the configuration, which is then watched', async (t) => {
  writeFileSync(join(folder, 'secret.txt'), 'from-file\r\n');
  const config = load('{ file: secret.txt }');
  t.equal(secretOf(config), 'from-file', 'without the line break at its end');
  t.ok(config.filesRead.has(resolve(folder, 'secret.txt')));
  writeFileSync(join(folder, 'empty.txt'), '\n');
  t.throws(() => load('{ file: empty.txt }'), { message: /empty\.txt is empty/ });
  t.throws(() => load('{ file: none.txt }'), { message: /none\.txt cannot be read \(ENOENT\)/ });
});

t.test('in clear only where that is said to be meant', async (t) => {
  t.throws(() => load('{ value: in-clear }'), {
    message: /a secret stands in clear\. Use env or file, or set allowInlineSecrets: true/,
  });
  t.equal(secretOf(load('{ value: in-clear }', 'allowInlineSecrets: true\n')), 'in-clear');
});

t.test('no message shows a secret', async (t) => {
  try {
    load('{ value: PLANTED-in-clear }', 'unknown: 1\n');
    t.fail('it has mistakes');
  } catch (error) {
    t.match(String(error), /unknown key/);
    t.notMatch(String(error), /PLANTED/);
  }
});
