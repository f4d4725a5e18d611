import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Config } from '../../src/config/types.ts';
import { EWS_END, ewsEndText } from '../../src/ews-end.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-backend-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function load(registration: string, caller = ''): Config {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(
    file,
    `registrations:
  contoso:
    tenantId: contoso.com
    clientId: 22222222-2222-4222-8222-222222222222
    credential: { secret: { env: S } }
${registration}callers:
  - username: a@contoso.com
${caller}`,
  );
  return loadConfig(file, { environment: { S: 'x' } });
}

t.test('none is EWS, with a warning that names the end, in Exchange Online only', async (t) => {
  for (const cloud of ['global', 'gcchigh', 'dod', 'china']) {
    const config = load(`    cloud: ${cloud}\n`);
    t.equal(config.registrations.get('contoso')?.backend, 'ews');
    t.match(config.warnings, [/^registration 'contoso' does not say backend:.* ends on 1 April 2027; see docs/], cloud);
  }
  const onPremises = load('    endpoints: { ews: "https://mail.contoso.com/EWS/Exchange.asmx" }\n');
  t.equal(onPremises.registrations.get('contoso')?.backend, 'ews');
  t.same(onPremises.warnings, []);
});

t.test('what is written is taken without a warning', async (t) => {
  const config = load('    backend: ews\n', '    backend: ews\n');
  t.same(config.warnings, []);
  t.equal(config.registrations.get('contoso')?.backend, 'ews');
  t.equal(config.callers[0]?.backend, 'ews');
  t.equal(load('    backend: ews\n').callers[0]?.backend, undefined, "a caller's own is left open");
});

t.test('others are refused', async (t) => {
  t.throws(() => load('    backend: imap\n'), {
    message: /:6:14: registrations\.contoso\.backend: must be one of ews, graph, auto$/,
  });
  t.throws(() => load('', '    backend: imap\n'), {
    message: /callers\[0\]\.backend: must be one of ews, graph, auto$/,
  });
});

t.test("a caller's backend: graph needs an address of Graph too", async (t) => {
  const onPremises = '    endpoints: { ews: "https://mail.contoso.com/EWS/Exchange.asmx" }\n';
  t.throws(() => load(onPremises, '    backend: graph\n'), {
    message: /:9:14: callers\[0\]\.backend: backend: graph needs endpoints\.graph of registration 'contoso'$/,
  });
  t.equal(load('    backend: ews\n', '    backend: graph\n').callers[0]?.backend, 'graph');
});

t.test('the end is one day, in every language of the machine', async (t) => {
  t.equal(EWS_END.toISOString(), '2027-04-01T00:00:00.000Z');
  t.equal(ewsEndText(), '1 April 2027');
});
