import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Config } from '../../src/config/types.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-windows-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'gateway.yaml');
const secretFile = join(folder, 'secret.txt');
const VALID = `registrations:
  contoso:
    tenantId: 11111111-1111-4111-8111-111111111111
    clientId: 22222222-2222-4222-8222-222222222222
    backend: ews
    credential: { secret: { file: secret.txt } }
callers:
  - username: zoë@contoso.test
`;

const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a byte order mark': (text) => Buffer.from(`\uFEFF${text}`),
  'UTF-16 LE': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'UTF-16 BE': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
};

function load(secret: string | Buffer = 'the-secret'): Config {
  writeFileSync(secretFile, secret, { mode: 0o600 });
  return loadConfig(file);
}

function secretOf(config: Config): unknown {
  const credential = config.registrations.get('contoso')?.credential;
  return credential?.kind === 'secret' ? credential.secret : undefined;
}

for (const [name, encode] of Object.entries(ENCODINGS)) {
  t.test(`a configuration and a secret in ${name}`, async (t) => {
    writeFileSync(file, encode(VALID.replaceAll('\n', '\r\n')));
    const config = load(encode('pässword\r\n'));
    t.equal(config.callers[0]?.username, 'zoë@contoso.test');
    t.equal(secretOf(config), 'pässword');
    t.same(config.warnings, []);
  });
}

t.test('blanks and lines behind a secret are left out, and said', async (t) => {
  writeFileSync(file, VALID);
  for (const end of [' ', '\t\n', '\n\n', '\r\n\r\n', ' \r\n']) {
    const config = load(`the-secret${end}`);
    t.equal(secretOf(config), 'the-secret', JSON.stringify(end));
    t.match(config.warnings, [/^secret\.txt has blanks or empty lines behind the secret: they are left out\.$/]);
  }
  t.equal(secretOf(load('a secret')), 'a secret', 'blanks within stay');
  t.throws(() => load(' \r\n'), { message: /secret\.txt is empty/ });
});

t.test('NUL bytes are refused', async (t) => {
  t.throws(() => load(Buffer.from('the-secret', 'utf16le')), {
    message: /^[^\n]*credential\.secret\.file: secret\.txt holds NUL bytes[^\n]*save it as UTF-8$/,
  });
  writeFileSync(file, Buffer.from(VALID, 'utf16le'));
  t.throws(() => load(), {
    message: `${file}: holds NUL bytes, so it is no text, or UTF-16 without a byte order mark: save it as UTF-8`,
  });
});

t.test('what is no configuration file has its own remedy', async (t) => {
  t.throws(() => loadConfig(folder), { message: `${folder}: is a folder (EISDIR): give the path of a file in it` });
  for (const text of ['', '\n \n', '\uFEFF']) {
    writeFileSync(file, text);
    t.throws(() => load(), { message: `${file}: is empty. Make a new one with: ews-gateway init --force` });
  }
  writeFileSync(file, '# nothing but a comment\n');
  t.throws(() => load(), { message: /holds no settings\. Make a new one with: ews-gateway init --force/ });
  t.throws(() => loadConfig(join(folder, 'none.yaml')), { message: /cannot be read \(ENOENT\)\. Make one with/ });
  writeFileSync(file, VALID.replace('secret.txt', 'folder'));
  mkdirSync(join(folder, 'folder'));
  t.throws(() => load(), { message: /credential\.secret\.file: folder is a folder \(EISDIR\)/ });
});

const readsAll = process.platform === 'win32' || process.getuid?.() === 0;
t.test('an unreadable file', { skip: readsAll ? 'this account reads everything' : false }, async (t) => {
  writeFileSync(file, VALID);
  chmodSync(file, 0o000);
  t.throws(() => loadConfig(file), {
    message: /cannot be read \(EACCES\): allow the account that the gateway runs as/,
  });
});
