import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { schemaText } from '../../src/cli/schema.ts';
import { configurationReference } from '../../src/config/reference.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';

const CONFIG = join(import.meta.dirname, '../../config');

t.test('config/gateway.schema.json is what the code validates with', async (t) => {
  t.equal(readFileSync(join(CONFIG, 'gateway.schema.json'), 'utf8'), schemaText(), 'if not: npm run schema');
});

t.test('docs/configuration.md is made from it', async (t) => {
  t.equal(
    readFileSync(join(CONFIG, '../docs/configuration.md'), 'utf8'),
    configurationReference(),
    'if not: npm run schema',
  );
});

t.test('the example file is a configuration once its places are filled in', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-example-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.yaml');
  const example = readFileSync(join(CONFIG, 'gateway.example.yaml'), 'utf8');
  writeFileSync(file, example);
  t.throws(
    () => loadConfig(file, { environment: {} }),
    {
      message:
        /tenantId: is still a pl[^]*clientId: is still a pl[^]*CONTOSO_CLIENT_SECRET is not set[^]*not a password hash/,
    },
    'as it is, it says what is missing',
  );
  const filledIn = example
    .replace(/(?<key>tenantId: )\S+/, '$<key>11111111-1111-4111-8111-111111111111')
    .replace(/(?<key>clientId: )\S+/, '$<key>22222222-2222-4222-8222-222222222222')
    .replace(/"scrypt:replace[^"]*"/, `"scrypt:32768:8:3:${'a'.repeat(22)}:${'b'.repeat(43)}"`);
  writeFileSync(file, filledIn);
  const config = loadConfig(file, { environment: { CONTOSO_CLIENT_SECRET: 'x' } });
  t.match(config, {
    listeners: [{ url: 'http://127.0.0.1:8025' }],
    admin: { url: 'http://127.0.0.1:8026' },
    callers: [
      {
        username: 'invoices@contoso.com',
        mailbox: 'invoices@contoso.com',
        registration: 'contoso',
        operationsSetting: 'capture',
      },
    ],
  });
  t.match(config.registrations.get('contoso'), {
    loginOrigin: 'https://login.microsoftonline.com',
    ewsUrl: 'https://outlook.office365.com/EWS/Exchange.asmx',
    scope: 'https://outlook.office365.com/.default',
  });
});
