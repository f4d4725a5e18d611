import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { ConfigError } from '../../src/config/problems.ts';

const HASH = `scrypt:32768:8:3:${'a'.repeat(22)}:${'b'.repeat(43)}`;
const VALID = `registrations:
  contoso:
    tenantId: 11111111-1111-4111-8111-111111111111
    clientId: 22222222-2222-4222-8222-222222222222
    credential: { secret: { env: SECRET } }
callers:
  - username: alice@contoso.test
    password: { hash: "${HASH}" }
`;

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-config-'));
const file = join(folder, 'gateway.yaml');
t.teardown(() => rmSync(folder, { recursive: true }));

/** The problems of a configuration, without the file's name; none where it is usable. */
function problems(text: string, environment: Record<string, string> = { SECRET: 'x' }): readonly string[] {
  writeFileSync(file, text);
  try {
    loadConfig(file, { environment });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.replace(`${file}:`, ''));
  }
}

function edited(search: string | RegExp, replacement: string): readonly string[] {
  const text = VALID.replace(search, replacement);
  if (text === VALID) throw new Error(`nothing replaced: ${String(search)}`);
  return problems(text);
}

t.same(problems(VALID), [], 'the starting point is valid');

t.test('what the schema refuses', async (t) => {
  t.match(
    edited('tenantId', 'tenantid'),
    [
      '3:5: registrations.contoso.tenantid: unknown key; did you mean "tenantId"?',
      /"tenantId" is missing/,
    ].toReversed(),
  );
  t.match(edited('callers:', 'calers: []\ncallers:'), [/^6:1: calers: unknown key; did you mean "callers"\?$/]);
  t.match(edited('callers:', 'zzz: 1\ncallers:'), [/^6:1: zzz: unknown key; known here: .*listen/]);
  t.match(edited('11111111-1111-4111-8111-111111111111', 'contoso'), [
    /^3:15: registrations\.contoso\.tenantId: does not look right \(Directory/,
  ]);
  t.match(edited('{ env: SECRET }', '{ env: SECRET, file: x }'), [/needs exactly one of env, file, command, value/]);
  t.match(edited('{ secret: { env: SECRET } }', '{}'), [
    /^5:17: registrations\.contoso\.credential: needs exactly one of secret and certificate/,
  ]);
  t.match(problems(`${VALID}log: { level: loud }\n`), [/^9:15: log\.level: must be one of .*debug/]);
  t.match(
    problems(`${VALID}listen: ["http://127.0.0.1:8025", 7]\n`),
    [/^9:35: listen\[1\]: has the wrong form/],
    'a union tells of the entry, not of each of its branches',
  );
  t.match(problems('registrations: {}\ncallers: []\n'), [/^1:16: .*at least one entry/, /^2:10: callers: /]);
  t.match(problems(`${VALID}limits: { responseSeconds: -1 }\n`), [/^9:28: limits\.responseSeconds: must be >= 1/]);
});

t.test('what cannot be', async (t) => {
  t.match(edited('11111111-1111-4111-8111-111111111111', 'consumers'), [
    /^3:15: registrations\.contoso\.tenantId: personal accounts .* need flow: delegated/,
    /^3:15: registrations\.contoso\.tenantId: personal accounts .* have no EWS any more/,
  ]);
  t.match(edited('11111111-1111-4111-8111-111111111111', 'organizations'), [
    /^3:15: .*organizations goes with flow: delegated/,
  ]);
  t.match(edited(HASH, 'secret123'), [
    /^8:23: callers\[0\]\.password\.hash: does not look right \(Printed by: ews-gateway hash-password\)$/,
  ]);
  t.match(edited(HASH, 'scrypt:1:1:1:short:short'), [
    /^8:23: .* is not a password hash; make one with: ews-gateway hash-password$/,
  ]);
  t.match(edited('alice@contoso.test', 'alice'), [
    /^7:15: callers\[0\]\.username: "alice" is not a mailbox address; add mailbox:/,
  ]);
  t.match(problems(VALID + VALID.slice(VALID.indexOf('  - '))), [
    /^9:15: callers\[1\]\.username: this username stands twice/,
  ]);
  t.match(
    edited(
      'callers:',
      '  other:\n    tenantId: 11111111-1111-4111-8111-111111111111\n' +
        '    clientId: 22222222-2222-4222-8222-222222222222\n' +
        '    credential: { secret: { env: SECRET } }\ncallers:',
    ),
    [/^11:5: callers\[0\]: needs registration: there are several \(contoso, other\)/],
  );
  t.match(problems(`${VALID}    registration: fabrikam\n`), [
    /^9:19: callers\[0\]\.registration: there is no registration "fabrikam"; known: contoso/,
  ]);
  t.match(problems(`${VALID}    operations: [GetItem, GetItems]\n`), [
    /^9:27: .*"GetItems" is neither a preset \(capture, mail, all\) nor an EWS operation/,
  ]);
  t.match(problems(`${VALID}    from: [10.0.0.0/8, 10.0.0.0/33, host]\n`), [
    /^9:24: .*10\.0\.0\.0\/33/,
    /^9:37: .*"host" is not an IP address/,
  ]);
  t.match(edited('credential', 'endpoints: { ews: "http://example.com/EWS" }\n    credential'), [
    /"http:\/\/example\.com\/EWS" is not an https address/,
  ]);
  t.match(edited('credential', 'cloud: custom\n    credential'), [
    /cloud: custom needs endpoints\.login and endpoints\.ews/,
  ]);
});

t.test('listeners', async (t) => {
  const listen = (entry: string): readonly string[] => problems(`${VALID}listen: [${entry}]\n`);
  t.match(listen('"ftp://127.0.0.1"'), [/^9:10: listen\[0\]: "ftp:\/\/127\.0\.0\.1" is not an address like/]);
  t.match(listen('"http://127.0.0.1:8025/ews"'), [/is not an address like/]);
  t.match(listen('"http://0.0.0.0:8025"'), [
    /would let passwords cross the network readable. Use https, or add allowPlainHttp: true/,
  ]);
  t.same(listen('{ url: "http://0.0.0.0:8025", allowPlainHttp: true }'), []);
  t.match(
    loadConfig(file, { environment: { SECRET: 'x' } }).warnings,
    [/cross the network readable/],
    'allowed, but not silently',
  );
  t.same(listen('"http://localhost:8025", "http://[::1]:8025"'), []);
  t.match(listen('"http://127.0.0.1:8025", "http://127.0.0.1:8025"'), [
    /^9:35: listen\[1\]: this address stands twice/,
  ]);
  t.match(listen('"https://127.0.0.1:8443"'), [/an https listener needs certificate and key/]);
  t.match(listen('{ url: "https://127.0.0.1:8443", certificate: none.pem, key: none.key }'), [
    /none\.pem cannot be read \(ENOENT\)/,
    /none\.key cannot be read/,
  ]);
  t.match(problems(`${VALID}admin: { url: "http://0.0.0.0:8026" }\n`), [
    /would let passwords/,
    /^9:15: admin\.url: http:\/\/0\.0\.0\.0:8026 can be reached from other machines: it needs password/,
  ]);
});

t.test('a file that is not there', async (t) => {
  t.throws(() => loadConfig(join(folder, 'none.yaml')), {
    message:
      /none\.yaml: cannot be read \(ENOENT\)\. Make one with: ews-gateway init, or copy config\/gateway\.example\.yaml/,
  });
});

t.test('several mistakes are told at once, in the order of the file', async (t) => {
  const text = VALID.replace(HASH, 'scrypt:1').replace('alice@contoso.test', 'alice').replace('SECRET', 'MISSING');
  t.match(problems(text), [/^5:/, /^7:/, /^8:/]);
});

t.test('keys that are not known, but meant something, are explained', async (t) => {
  const registration = (key: string): readonly string[] =>
    problems(VALID.replace('    clientId:', `    ${key}: x\n    clientId:`));
  t.match(registration('clientSecret'), [/unknown key; the client secret goes into credential/]);
  t.match(registration('redirectUri'), [/is not needed: the app registration has no redirect URI/]);
  t.match(problems(VALID.replace('username:', 'user: x\n    username:')), [
    /unknown key; the user name of the client is username/,
  ]);
  t.match(problems(`${VALID}port: 8025\n`), [/unknown key; where clients connect is listen/]);
  t.match(problems(`${VALID}https_proxy: x\n`), [/unknown key; is proxy/]);
  t.match(problems(`${VALID}version: 2\n`), [
    /^9:10: version: this gateway reads version 1 of the format\. A file of a newer gateway/,
  ]);
});

t.test('a state key is 32 bytes', (t) => {
  const environment = { SECRET: 'x', KEY: Buffer.alloc(32).toString('base64'), SHORT: 'c2hvcnQ=' };
  const stateKey = (content: string): readonly string[] => problems(`${VALID}stateKey: { ${content} }\n`, environment);
  t.same(stateKey('key: { env: KEY }, previous: { env: KEY }'), []);
  t.match(stateKey('key: { env: SHORT }'), [/^9:\d+: stateKey\.key: is not 32 bytes/]);
  t.match(stateKey('key: { env: KEY }, previous: { env: SHORT }'), [/^9:\d+: stateKey\.previous: is not 32 bytes/]);
  t.match(stateKey('previous: { env: KEY }'), [/"key" is missing/]);
  t.end();
});

t.test('what several gateways need to be one', async (t) => {
  const environment = { SECRET: 'x', KEY: Buffer.alloc(32).toString('base64') };
  const shared = (content: string, more = 'stateKey: { key: { env: KEY } }\n'): readonly string[] =>
    problems(`${VALID}sharedState: { ${content} }\n${more}`, environment);
  t.same(shared('url: "rediss://redis.contoso.com:6380/1"'), []);
  t.match(shared('url: "redis://127.0.0.1"', ''), [/^9:\d+: sharedState: needs stateKey/]);
  t.match(shared('url: "http://redis"'), [/^9:\d+: sharedState\.url: "http:\/\/redis" is not an address like redis:/]);
  t.match(shared('url: "redis://:x@127.0.0.1"'), [/^9:\d+: sharedState\.url: credentials go into username and/]);
  t.match(shared('url: "redis://127.0.0.1", username: x'), [/^9:\d+: sharedState\.username: goes with password/]);
  t.match(shared('prefix: x'), [/^9:\d+: sharedState: needs one of url, sentinel and cluster$/m]);
  t.match(shared('url: "redis://127.0.0.1", cluster: { urls: ["redis://127.0.0.1"] }'), [/needs one of url, sentinel/]);
  t.match(shared('cluster: { urls: ["redis://127.0.0.1", "127.0.0.1"] }'), [
    /^9:\d+: sharedState\.cluster\.urls\[1\]: "127\.0\.0\.1" is not an address like redis:/,
  ]);
  t.match(shared('cluster: { urls: ["redis://127.0.0.1/1"] }'), [/"redis:\/\/127\.0\.0\.1\/1" is not an address/]);
  t.match(shared('sentinel: { urls: ["redis://127.0.0.1", "rediss://127.0.0.1"], master: m }'), [
    /^9:\d+: sharedState\.sentinel\.urls: either all with redis:\/\/ or all with rediss:/,
  ]);
  t.match(shared('sentinel: { urls: ["redis://127.0.0.1"], master: m, username: x }'), [
    /^9:\d+: sharedState\.sentinel\.username: goes with password/,
  ]);
  t.match(shared('url: "redis://127.0.0.1", key: x'), [/^9:\d+: sharedState\.key: certificate and key go together/]);
});
