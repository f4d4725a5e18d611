import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { readinessReport, type ReadinessReport } from '../../src/diagnosis/graph-readiness/report.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { run } from '../support/command.ts';
import { envelope, getFolder, GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, BOB, basic, CLIENT, SECRET, send, startStack, TENANT, type Stack } from '../support/stack.ts';

const AUDIT = { yaml: 'audit: { file: audit.log }', backend: 'auto' } as const;
const NOT_SERVED = envelope('<m:GetDelegate IncludePermissions="true"><t:Mailbox/></m:GetDelegate>');

async function readiness(
  t: Test,
  { configFile }: Pick<Stack, 'configFile'>,
  ...args: string[]
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const command = run(t, ['readiness', '--config', configFile, ...args], {
    environment: { SECRET, https_proxy: '', HTTPS_PROXY: '' },
  });
  const status = await command.ended;
  return { status, stdout: command.stdout, stderr: command.stderr };
}

/** The log as it stands after the gateway has written it. */
function audit({ configFile }: Stack, lines: readonly object[], older = ''): void {
  const file = join(dirname(configFile), `audit.log${older}`);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

const line = (operation: string, more: object = {}): object => ({
  time: '2026-11-20T10:00:00.000Z',
  caller: ALICE,
  mailbox: ALICE,
  decision: 'allowed',
  operation,
  ...more,
});

t.test('what a gateway has written is counted by caller', async (t) => {
  const stack = await startStack(t, AUDIT);
  await stack.post(GET_FOLDER);
  await stack.post(envelope(getFolder('drafts')));
  await send(stack.url, GET_FOLDER, { authorization: basic(BOB) });
  await stack.gateway.close();
  const { status, stdout } = await readiness(t, stack);
  t.equal(status, 0, stdout);
  t.match(stdout, /^! alice@contoso\.test: goes on, with differences\n +! GetFolder +2 {2}folders for mail/m);
  t.match(stdout, /^! bob@contoso\.test: goes on, with differences\n +! GetFolder +1 /m);
  t.match(stdout, /^! CONTOSO\\carol: not seen in the audit log$/m);
  t.match(stdout, /^✓ contoso: caller alice@contoso\.test: Inbox of alice.* through Microsoft Graph: 0 messages$/m);
  t.match(stdout, /^✓ By 3 requests from 20.* to 20.*: all goes on through Graph\.$/m);
});

t.test('an operation that Graph does not serve stands first, and is the exit status', async (t) => {
  const stack = await startStack(t, AUDIT);
  audit(stack, [line('GetServerTimeZones'), ...Array.from({ length: 3 }, () => line('FindItem'))]);
  audit(stack, [line('GetDelegate', { time: '2026-10-01T10:00:00.000Z' })], '.1');
  const { status, stdout } = await readiness(t, stack);
  t.equal(status, 1);
  t.match(
    stdout,
    /^✗ alice@contoso\.test: would fail\n +✗ GetDelegate +1 {2}not served.*\n +! FindItem +3 .*\n +✓ GetServerTimeZones +1$/m,
  );
  t.match(stdout, /^✗ By 5 requests from 2026-10-01 to 2026-11-20: not all would go on/m);
});

t.test('what was refused, announced or damaged is not counted, nor what is no operation', async (t) => {
  const stack = await startStack(t, AUDIT);
  audit(stack, [
    line('GetFolder', { decision: 'intent' }),
    line('GetDelegate', { decision: 'refused', reason: 'OPERATION_DENIED' }),
    line('Autodiscover'),
    { event: 'UNLOCKED', subject: ALICE },
  ]);
  writeFileSync(join(dirname(stack.configFile), 'audit.log.1'), `{"cut off\n${JSON.stringify(line('GetFolder'))}\n`);
  const { status, stdout, stderr } = await readiness(t, stack, '--json', '--offline');
  t.equal(status, 0);
  const report = JSON.parse(stdout) as ReadinessReport;
  t.match(report.callers.find(({ username }) => username === ALICE)?.operations, [{ name: 'GetFolder', requests: 1 }]);
  t.equal(report.usage.requests, 1);
  t.match(stderr, /1 line of the audit log cannot be read/);
});

t.test('an operation that was refused because Graph does not serve it counts', async (t) => {
  const stack = await startStack(t, { ...AUDIT, alice: '    operations: [capture, GetDelegate]' });
  await send(`${stack.admin}/backends`, JSON.stringify({ mailbox: ALICE, backend: 'graph' }), {
    'content-type': 'application/json',
  });
  t.match((await stack.post(NOT_SERVED)).text, /GetDelegate/);
  await stack.gateway.close();
  const { status, stdout } = await readiness(t, stack, '--offline');
  t.equal(status, 1);
  t.match(stdout, /✗ GetDelegate/);
});

t.test('permissions that used operations need, and mailboxes that Graph does not open', async (t) => {
  const stack = await startStack(t, {
    ...AUDIT,
    alice: '    operations: mail',
    callers: '  - { username: nobody@contoso.test }',
  });
  audit(stack, [line('SendItem'), line('ResolveNames')]);
  const { status, stdout } = await readiness(t, stack);
  t.equal(status, 1);
  t.match(stdout, /^✗ contoso: caller nobody@contoso\.test: Inbox of nobody@contoso\.test: /m);
  const withoutOptional = [
    { tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] },
  ];
  stack.simulator.entra.apps = withoutOptional;
  const less = await readiness(t, stack);
  t.match(
    less.stdout,
    /^! contoso: the permission User\.ReadBasic\.All is missing, for ResolveNames, if programs need/m,
  );
});

t.test('--html writes a page of its own that loads nothing and shows what is hostile as text', async (t) => {
  const stack = await startStack(t, AUDIT);
  audit(stack, [line('FindItem', { mailbox: '<script>alert(1)</script>' })]);
  const file = join(dirname(stack.configFile), 'report.html');
  const { status, stderr } = await readiness(t, stack, '--html', file, '--offline');
  t.equal(status, 0);
  t.match(stderr, /Wrote .*report\.html/);
  const page = readFileSync(file, 'utf8');
  t.match(page, /<!doctype html>/);
  t.match(page, /1 April 2027/);
  t.match(page, /FindItem[^]*Shallow only/);
  t.notMatch(page, /<script|src=|href=|url\(/);
});

t.test('without an audit log it says what to add', async (t) => {
  const stack = await startStack(t, { backend: 'auto' });
  const { stdout, stderr } = await readiness(t, stack, '--offline');
  t.match(stderr, /has no audit log.*audit: \{ file: audit\.log \}/);
  t.match(stdout, /! alice@contoso\.test: not seen in the audit log/);
});

t.test('what was compared of a caller counts for it', async (t) => {
  const stack = await startStack(t, AUDIT);
  const config = loadConfig(stack.configFile, { environment: { SECRET } });
  const usage = {
    callers: new Map([
      [ALICE, { caller: ALICE, mailboxes: new Set([ALICE]), operations: new Map([['GetServerTimeZones', 3]]) }],
    ]),
    from: undefined,
    to: undefined,
    requests: 3,
    unreadable: 0,
  };
  const compared = { operation: 'GetServerTimeZones', compared: 3, failed: 0, differences: [] };
  const verdictWith = (equal: number): string | undefined =>
    readinessReport(config, usage, new Map(), 0, [
      { caller: ALICE.toUpperCase(), results: [{ ...compared, equal }] },
    ]).callers.find(({ username }) => username === ALICE)?.verdict;
  t.equal(verdictWith(3), 'ready');
  t.equal(verdictWith(2), 'differs');
});
