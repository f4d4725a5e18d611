/** The script that sets a tenant up, as far as it can be judged without a tenant and without PowerShell. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { makeCertificate } from '../../src/certificates/x509.ts';
import { quoted } from '../../src/cli/tenant-script/powershell.ts';
import { tenantScript } from '../../src/cli/tenant-script/script.ts';
import { configuration, PLACEHOLDERS, type TenantScriptOptions } from '../../src/cli/tenant-script/values.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { ANY_TEXT } from '../support/any-text.ts';
import { run } from '../support/command.ts';
import { TEST_KEY } from '../support/key.ts';
import { commandsIn, conditionsAbove, parsePowerShell } from '../support/powershell.ts';

const BASE: TenantScriptOptions = {
  name: 'ews-gateway',
  cloud: 'global',
  scope: { kind: 'mailboxes', mailboxes: ['invoices@contoso.com'] },
  ews: true,
  graph: true,
  send: false,
  certificate: undefined,
};

const HOSTILE = [
  "'; Remove-Item -Recurse C:\\ #",
  "\u2019; Remove-Item C:\\ ; '",
  '$(Remove-Item C:\\)',
  '"; Remove-Item C:\\ #',
  '`n@{}',
  'M\u00fcller \u{1F4E7}',
  '#> Remove-Item C:\\',
];

/** What PowerShell makes of an expression that {@link quoted} wrote. */
function evaluated(expression: string): string {
  return [...expression.matchAll(/'((?:[^']|'')*)'|\[char\]0x([0-9a-f]{4})/g)]
    .map(([, text, unit]) => text?.replaceAll("''", "'") ?? String.fromCharCode(parseInt(unit ?? '', 16)))
    .join('');
}

/** Every cmdlet the script may call: its own functions, and those of the two modules and of PowerShell. */
const KNOWN = new Set(
  [
    'Write-Step Write-Good Write-Differs Confirm-Step Use-Module Invoke-Patiently',
    'Write-Host Read-Host Get-Module Install-Module Import-Module Start-Sleep Where-Object Sort-Object New-Object',
    'Out-Null ForEach-Object',
    'Connect-MgGraph Get-MgContext Get-MgApplication New-MgApplication Update-MgApplication Add-MgApplicationPassword',
    'Get-MgServicePrincipal New-MgServicePrincipal Get-MgServicePrincipalAppRoleAssignment',
    'New-MgServicePrincipalAppRoleAssignment',
    'Connect-ExchangeOnline Get-ConnectionInformation Get-OrganizationConfig Set-OrganizationConfig',
    'Enable-OrganizationCustomization Get-Group Get-Mailbox Get-CASMailbox Get-ServicePrincipal New-ServicePrincipal',
    'Get-ManagementScope New-ManagementScope Get-ManagementRoleAssignment New-ManagementRoleAssignment',
    'Test-ServicePrincipalAuthorization',
  ].flatMap((line) => line.split(' ')),
);

t.test('it is PowerShell, in printable ASCII, and calls only what is known', async (t) => {
  const scopes: TenantScriptOptions['scope'][] = [undefined, BASE.scope, { kind: 'group', group: 'Capture' }];
  for (const scope of scopes) {
    const script = tenantScript({ ...BASE, scope });
    t.match(script, /^[\x20-\x7e\n]*$/);
    const tree = parsePowerShell(script);
    t.notOk(tree.hasError, JSON.stringify(scope));
    const names = commandsIn(tree).map(({ name }) => name);
    t.same(
      names.filter((name) => !KNOWN.has(name)),
      [],
    );
    t.notOk(script.split('\n').some((line) => line.length > 120));
  }
});

t.test('the check of the syntax sees a mistake', async (t) => {
  t.ok(parsePowerShell(tenantScript(BASE).replace('{ throw }', '{ throw')).hasError);
});

t.test('steps come in the order in which they depend on each other', async (t) => {
  const names = commandsIn(parsePowerShell(tenantScript(BASE))).map(({ name }) => name);
  const order = [
    'Connect-MgGraph',
    'New-MgApplication',
    'New-MgServicePrincipal',
    'New-MgServicePrincipalAppRoleAssignment',
    'Add-MgApplicationPassword',
    'Connect-ExchangeOnline',
    'New-ServicePrincipal',
    'New-ManagementScope',
    'New-ManagementRoleAssignment',
    'Set-OrganizationConfig',
  ].map((name) => names.indexOf(name));
  t.notOk(order.includes(-1));
  t.same(
    order,
    order.toSorted((a, b) => a - b),
  );
});

t.test('whatever is made or written is looked for first', async (t) => {
  const commands = commandsIn(parsePowerShell(tenantScript(BASE)));
  const lookedFor: Readonly<Record<string, string>> = {
    'New-MgApplication': 'Get-MgApplication',
    'Update-MgApplication': 'Get-MgApplication',
    'Add-MgApplicationPassword': 'Get-MgApplication',
    'New-MgServicePrincipal': 'Get-MgServicePrincipal',
    'New-MgServicePrincipalAppRoleAssignment': 'Get-MgServicePrincipalAppRoleAssignment',
    'New-ServicePrincipal': 'Get-ServicePrincipal',
    'New-ManagementScope': 'Get-ManagementScope',
    'New-ManagementRoleAssignment': 'Get-ManagementRoleAssignment',
    'Set-OrganizationConfig': 'Get-OrganizationConfig',
  };
  for (const [write, read] of Object.entries(lookedFor)) {
    const writes = commands.filter(({ name }) => name === write);
    t.equal(writes.length, 1, `${write}: once`);
    const [{ node } = { node: undefined }] = writes;
    if (node === undefined) continue;
    t.ok(conditionsAbove(node) >= 2, `${write}: under a condition of its own beside that of its part`);
    t.ok(commands.some(({ name, node: { startIndex } }) => name === read && startIndex < node.startIndex));
  }
});

t.test('EwsAllowedAppIDs: read, merged, written', async (t) => {
  const script = tenantScript(BASE);
  t.match(script, /\$merged = @\(\$allowed\)\n.*\$allowed -notcontains \$ClientId\) \{ \$merged \+= \$ClientId \}/);
  t.same(script.match(/-EwsAllowedAppIDs .*/g), ["-EwsAllowedAppIDs ($merged -join ',')"]);
  t.notMatch(tenantScript({ ...BASE, ews: false }), /\$ews = \$true/);
});

t.test('limited to mailboxes: roles in Exchange and no permission in Entra; else the other way', async (t) => {
  const limited = tenantScript(BASE);
  t.notMatch(limited, /Wanted = \$true/);
  t.match(limited, /\$roles = @\(\n {2}'Application EWS\.AccessAsApp'\n {2}'Application Mail\.ReadWrite'\n\)/);
  const open = tenantScript({ ...BASE, scope: undefined });
  t.equal(open.match(/Wanted = \$true/g)?.length, 2);
  t.match(open, /\$roles = @\(\)/);
  const graphOnly = tenantScript({ ...BASE, scope: undefined, ews: false });
  t.match(graphOnly, /Value = 'full_access_as_app'\n {4}Wanted = \$false/);
  t.match(graphOnly, /Value = 'Mail\.ReadWrite'\n {4}Wanted = \$true/);
});

t.test('--send adds the permission to send through Graph, and nothing else does', async (t) => {
  const printed = async (...options: string[]): Promise<string> => {
    const command = run(t, ['tenant-script', ...options]);
    t.equal(await command.ended, 0, command.stderr);
    return command.stdout;
  };
  const granted = /Value = 'Mail\.Send'\n {4}Wanted = \$true/;
  t.match(await printed('--send'), granted);
  t.notMatch(await printed(), granted);
  const mailboxes = ['--mailboxes', 'invoices@contoso.com'];
  t.match(await printed('--send', ...mailboxes), / {2}'Application Mail\.Send'\n\)/);
  t.notMatch(await printed(...mailboxes), /Application Mail\.Send/);
  const refused = run(t, ['tenant-script', '--send', '--ews']);
  t.equal(await refused.ended, 2);
  t.match(refused.stderr, /--send is for Graph/);
});

t.test('hostile names stay text', async (t) => {
  const shape = (script: string): string[] => commandsIn(parsePowerShell(script)).map(({ name }) => name);
  const plain = shape(tenantScript({ ...BASE, scope: { kind: 'group', group: 'plain' } }));
  for (const name of HOSTILE) {
    const script = tenantScript({ ...BASE, name, scope: { kind: 'group', group: name } });
    t.same(shape(script), plain, name);
    t.notOk(parsePowerShell(script).hasError, name);
    t.match(script, /^[\x20-\x7e\n]*$/);
  }
});

t.test('any text comes out of its quotes as it went in', async (t) => {
  fc.assert(
    fc.property(ANY_TEXT, (text) => {
      const expression = quoted(text);
      return /^[\x20-\x7e]+$/.test(expression) && evaluated(expression) === text;
    }),
  );
  t.equal(quoted("O'Brien"), "'O''Brien'");
  t.equal(quoted('\u2019'), "('' + [char]0x2019)");
});

t.test('the YAML it shows is a configuration', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-tenant-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const text = configuration({
    ...BASE,
    scope: { kind: 'mailboxes', mailboxes: ["o'brien@contoso.com", 'b@contoso.com'] },
  })
    .join('\n')
    .replace(PLACEHOLDERS.expires, '2027-11-24');
  writeFileSync(join(folder, 'gateway.yaml'), text);
  writeFileSync(join(folder, 'client-secret.txt'), 'a-secret');
  const config = loadConfig(join(folder, 'gateway.yaml'));
  t.same(
    config.callers.map(({ username }) => username),
    ["o'brien@contoso.com", 'b@contoso.com'],
  );
  t.equal(config.registrations.get('microsoft365')?.clientId, PLACEHOLDERS.clientId);
});

t.test('on the command line', async (t) => {
  const command = run(t, ['tenant-script', '--mailboxes', 'a@contoso.com, b@contoso.com', '--graph']);
  t.equal(await command.ended, 0);
  t.equal(
    command.stdout,
    tenantScript({ ...BASE, ews: false, scope: { kind: 'mailboxes', mailboxes: ['a@contoso.com', 'b@contoso.com'] } }),
  );
  for (const [args, message] of [
    [['--mailboxes', 'nobody'], /"nobody" is none/],
    [['--mailboxes', 'a@b', '--mailboxes-group', 'c'], /Either/],
    [['--name', 'x'.repeat(41)], /1 to 40 characters/],
    [['--cloud', 'mars'], /global, gcchigh/],
    [['--certificate', 'package.json'], /holds no certificate/],
  ] as const) {
    const refused = run(t, ['tenant-script', ...args]);
    t.equal(await refused.ended, 2);
    t.match(refused.stderr, message);
    t.equal(refused.stdout, '');
  }
});

t.test('a certificate goes in without the private key that its file may hold', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-tenant-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const pair = makeCertificate({ commonName: 'ews-gateway', names: [], days: 30, kind: 'client', key: TEST_KEY });
  const file = join(folder, 'app.pem');
  writeFileSync(file, pair.key + pair.certificate);
  const command = run(t, ['tenant-script', '--certificate', file]);
  t.equal(await command.ended, 0);
  t.ok(command.stdout.includes(pair.certificate.replaceAll(/-----.*-----|\s/g, '')));
  t.notMatch(command.stdout, /PRIVATE/);
  t.notOk(command.stdout.includes(pair.key.split('\n')[1] ?? 'PRIVATE'));
});
