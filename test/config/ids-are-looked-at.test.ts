import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ConfigError } from '../../src/config/problems.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const CLIENT = '22222222-2222-4222-8222-22222222222a';
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-ids-'));
const file = join(folder, 'gateway.yaml');
t.teardown(() => rmSync(folder, { recursive: true }));

function problems(tenantId: string, clientId: string, secret = 'A1b~not-a-guid', more = ''): readonly string[] {
  writeFileSync(
    file,
    `registrations:
  contoso:
    tenantId: "${tenantId}"
    clientId: "${clientId}"
    credential: { secret: { env: S }${more} }
callers: [{ username: a@contoso.test }]
`,
  );
  try {
    loadConfig(file, { environment: { S: secret, NEXT: '33333333-3333-4333-8333-333333333333' } });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.replace(`${file}:`, ''));
  }
}

t.same(problems(TENANT, CLIENT), [], 'the starting point is valid');

t.test("a secret's id in place of its value", async (t) => {
  const secretId = '33333333-3333-4333-8333-333333333333';
  t.match(problems(TENANT, CLIENT, secretId), [
    /^5:27: registrations\.contoso\.credential\.secret: this looks like the Secret ID; copy the Value\./,
  ]);
  t.notMatch(problems(TENANT, CLIENT, secretId).join('\n'), secretId);
  t.match(problems(TENANT, CLIENT, undefined, ', nextSecret: { env: NEXT }'), [
    /nextSecret: this looks like the Secret/,
  ]);
  t.match(problems(TENANT, CLIENT, '<client-secret>'), [/secret: is still a placeholder/]);
});

t.test('the same id twice', async (t) => {
  t.match(problems(CLIENT, CLIENT.toUpperCase()), [/^4:15: .*clientId: is the same as tenantId: copy the Application/]);
});

t.test('placeholders', async (t) => {
  for (const text of [
    '00000000-0000-0000-0000-000000000000',
    '00000000-…',
    'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx',
    'XXXXXXXX-...',
    '<tenant-id>',
    '{tenantId}',
    'your-tenant.onmicrosoft.com',
  ])
    t.match(
      problems(text, CLIENT),
      [/^3:15: registrations\.contoso\.tenantId: is still a placeholder.*Directory/],
      text,
    );
  t.match(problems(TENANT, '<client-id>'), [
    /^4:15: registrations\.contoso\.clientId: is still a placeholder.*Application/,
  ]);
});

t.test('ids that only look a little like one are taken', async (t) => {
  for (const text of ['contoso.com', 'yourcompany.com', '00000000-0000-0000-0000-000000000001', 'x.contoso.com'])
    t.same(problems(text, CLIENT), [], text);
});
