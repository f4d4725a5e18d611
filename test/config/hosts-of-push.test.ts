import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-config-'));
const file = join(folder, 'gateway.yaml');
t.teardown(() => rmSync(folder, { recursive: true }));

/** Origins to which notifications may be pushed. @throws ConfigError */
function origins(hosts: readonly string[] | undefined): readonly string[] | undefined {
  writeFileSync(
    file,
    `registrations:
  contoso:
    tenantId: 11111111-1111-4111-8111-111111111111
    clientId: 22222222-2222-4222-8222-222222222222
    credential: { secret: { env: SECRET } }
    graph: ${JSON.stringify(hosts === undefined ? {} : { pushTo: hosts })}
callers:
  - username: alice@contoso.test
    password: { hash: "scrypt:32768:8:3:${'a'.repeat(22)}:${'b'.repeat(43)}" }
`,
  );
  return loadConfig(file, { environment: { SECRET: 'x' } }).registrations.get('contoso')?.graph.pushTo;
}

t.test('a host is one over TLS unless it says otherwise, and none is allowed by default', (t) => {
  t.same(origins(undefined), []);
  t.same(
    origins([
      'listener.contoso.com',
      'Listener.contoso.com:8443',
      'https://other.contoso.com:443',
      'http://10.0.0.7:80',
    ]),
    [
      'https://listener.contoso.com',
      'https://listener.contoso.com:8443',
      'https://other.contoso.com',
      'http://10.0.0.7',
    ],
  );
  t.end();
});

t.test('what is no host is a mistake', (t) => {
  for (const host of [
    '*',
    '*.contoso.com',
    'listener.contoso.com/path',
    'name@listener.contoso.com',
    'ftp://listener.contoso.com',
    'listener.contoso.com:99999',
    '',
  ])
    t.throws(() => origins([host]), { message: /graph\.pushTo/ }, host);
  t.end();
});
