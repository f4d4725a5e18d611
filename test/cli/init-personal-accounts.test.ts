import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { run } from '../support/command.ts';
import { CLIENT } from '../support/stack.ts';

t.test('Outlook.com accounts sign in themselves, and Graph answers them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-init-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.yaml');
  const personal = ['init', '--tenant', 'consumers', '--client', CLIENT, '--caller', 'jane@outlook.com'];
  const refused = run(t, [...personal, '--secret-env', 'SECRET', '--config', file, '--no-check']);
  t.equal(await refused.ended, 2);
  t.match(refused.stderr, /sign in themselves: use --delegated/);
  const command = run(t, [...personal, '--delegated', '--config', file, '--no-check']);
  t.equal(await command.ended, 0, command.stderr);
  t.match(command.stdout, /Sign the mailbox in: .*sign-in jane@outlook\.com/);
  const registration = loadConfig(file, { withoutSecrets: true }).registrations.get('outlook');
  t.match(registration, { tenantId: 'consumers', flow: 'delegated', backend: 'graph', graphOnAccessDenied: false });
});
