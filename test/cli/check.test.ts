import { createServer, type AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import type { CheckLine } from '../../src/diagnosis/check-line.ts';
import { checkEnds } from '../../src/diagnosis/checks/ends.ts';
import { clockLine } from '../../src/diagnosis/checks/network.ts';
import { run, spawnCommand } from '../support/command.ts';
import { registrationAt } from '../support/entra.ts';
import { startProxy } from '../support/proxy.ts';
import { CLIENT, SECRET, startStack as startAny, TENANT, type Stack, type StackOptions } from '../support/stack.ts';

/** What `check` asks Exchange stands in no log of the gateway. */
const startStack = (t: Test, options: StackOptions = {}): Promise<Stack> =>
  startAny(t, { logLevel: 'trace', ...options });

async function check(
  t: Test,
  { configFile }: Stack,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
  runner: typeof run = run,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const command = runner(t, ['check', '--config', configFile, ...args], {
    environment: { SECRET, https_proxy: '', HTTPS_PROXY: '', ...environment },
  });
  const status = await command.ended;
  return { status, stdout: command.stdout, stderr: command.stderr };
}

const graph = 'https://graph.contoso.test';

function withApp(changes: Record<string, unknown>): NonNullable<StackOptions['prepare']> {
  return ({ entra }) =>
    (entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], ...changes }]);
}

t.test('all is there', async (t) => {
  const stack = await startStack(t, {
    graph,
    registration: '    credential: { secret: { env: SECRET }, expires: "2099-01-01" }',
    prepare: withApp({ graphRoles: ['Mail.ReadWrite'] }),
  });
  const { status, stdout, stderr } = await check(t, stack);
  t.equal(status, 0, stdout);
  t.notMatch(stdout, /^[✗]/m);
  for (const text of [
    '1 registration, 3 callers',
    'is free',
    'Entra: localhost',
    "the clock agrees with Entra's",
    'Exchange: localhost',
    'the client secret is good for',
    'Entra gives a token',
    'the token carries full_access_as_app',
    'Exchange lets the app use EWS',
    'the token for Microsoft Graph carries Mail.ReadWrite',
  ]) {
    t.match(stdout, new RegExp(`^✓ .*${text.replaceAll(/[.']/g, '.')}`, 'm'));
  }
  t.match(stdout, /✓ It works/);
  t.notOk(stdout.includes('\u001b'), 'no colour in a pipe');
  t.equal(stderr.replaceAll(/^Asking .* \.\.\.\n/gm, ''), '', 'but what is waited for on a slow machine');
});

t.test('each caller, by its own Inbox', async (t) => {
  const stack = await startStack(t, {
    callers: [
      '  - username: CONTOSO\\erin',
      '    mailbox: bob@contoso.test',
      '  - username: alise@contoso.test',
      '  - username: "@fabrikam.test"',
    ].join('\n'),
  });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 1);
  t.match(stdout, /^✓ contoso: caller alice@contoso\.test: Inbox of alice@contoso\.test: 0 messages$/m);
  t.match(stdout, /^! contoso: caller CONTOSO\\erin: .*no password yet[^]*?enrol "CONTOSO\\erin" --for 15m$/m);
  t.match(
    stdout,
    /^✗ contoso: caller alise@contoso\.test: .*ErrorNonExistentMailbox[^]*?Get-Mailbox alise@contoso\.test/m,
  );
  t.match(stdout, /^✓ contoso: caller @fabrikam\.test: a domain has no single mailbox/m);
  t.equal(stack.simulator.exchange.requests.filter(({ mailbox }) => mailbox === 'bob@contoso.test').length, 1);
});

t.test('--json tells the same to programs', async (t) => {
  const stack = await startStack(t);
  const { status, stdout } = await check(t, stack, ['--json']);
  t.equal(status, 0);
  const { ok, lines } = JSON.parse(stdout) as { readonly ok: boolean; readonly lines: readonly CheckLine[] };
  t.ok(ok);
  t.match(lines[0], { area: 'configuration', level: 'ok', text: /gateway\.yaml/ });
  t.same(lines[0]?.remedy, []);
});

t.test('missing roles are a warning, since RBAC for Applications leaves none', async (t) => {
  const stack = await startStack(t, {
    graph,
    prepare: (simulator) => (
      withApp({ roles: [] })(simulator),
      (simulator.exchange.settings.rbacApps = new Set([CLIENT]))
    ),
  });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 0, stdout);
  t.match(stdout, /^! contoso: The token does not carry full_access_as_app\. That is right where.*RBAC/m);
  t.match(stdout, /^! contoso: The token for Microsoft Graph does not carry Mail\.ReadWrite/m);
  t.match(stdout, /^! contoso: When the client secret expires is not known/m);
  t.match(stdout, /It works, with \d+ warnings/);
});

t.test('what Entra and Exchange refuse is explained', async (t) => {
  const wrong = await check(t, await startStack(t), [], { SECRET: 'PLANTED-wrong' });
  t.equal(wrong.status, 1);
  t.match(wrong.stdout, /^✗ contoso: The client secret.*is wrong.*AADSTS7000215/m);
  t.match(wrong.stdout, /✗ 1 problem to solve/);
  const blocked = await check(
    t,
    await startStack(t, { prepare: ({ exchange }) => (exchange.settings.allowedAppIds = []) }),
  );
  t.equal(blocked.status, 1);
  t.match(blocked.stdout, /^✗ contoso: A policy of the tenant blocks EWS[^]*RetrieveEwsOperationAccessPolicy/m);
});

t.test('a configuration that is wrong', async (t) => {
  const stack = await startStack(t);
  const missing = await check(t, stack, [], { SECRET: '' });
  t.equal(missing.status, 1);
  t.match(missing.stdout, /^✗ .*gateway\.yaml:7:\d+: .*the environment variable SECRET is not set/m);
  const none = run(t, ['check', '-c', 'no-such-file.yaml']);
  t.equal(await none.ended, 1);
  t.match(none.stdout, /cannot be read \(ENOENT\)\. Make one with: ews-gateway init/);
});

t.test('hosts that cannot be reached', async (t) => {
  const stack = await startStack(t, { ews: 'https://no-such-host.invalid/EWS/Exchange.asmx' });
  t.match(
    (await check(t, stack)).stdout,
    /^✗ Exchange: the name no-such-host\.invalid cannot be resolved[^]*nslookup/m,
  );
  const refused = await startStack(t, { ews: 'http://127.0.0.1:9/EWS/Exchange.asmx' });
  t.match((await check(t, refused)).stdout, /^✗ Exchange: 127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\)/m);
});

t.test('a certificate that is not trusted: who signed it, and where to put the authority', async (t) => {
  const stack = await startStack(t);
  writeFileSync(stack.configFile, readFileSync(stack.configFile, 'utf8').replace('caCertificates: [ca.pem]', ''));
  const { status, stdout } = await check(t, stack);
  t.equal(status, 1);
  t.match(
    stdout,
    /^✗ Entra: the certificate of localhost:\d+ is not trusted \(\w+, signed by "localhost"\)[^]*caCertificates/m,
  );
});

t.test(
  'an authority that this machine trusts needs no setting',
  { skip: process.platform === 'linux' ? false : 'the list is elsewhere' },
  async (t) => {
    const stack = await startStack(t);
    writeFileSync(stack.configFile, readFileSync(stack.configFile, 'utf8').replace('caCertificates: [ca.pem]', ''));
    // Only a new process reads the list of authorities again.
    const environment = { SSL_CERT_FILE: join(dirname(stack.configFile), 'ca.pem') };
    const { status, stdout } = await check(t, stack, [], environment, spawnCommand);
    t.equal(status, 0, stdout);
  },
);

t.test('through a proxy', async (t) => {
  const proxy = await startProxy(t, { credentials: 'a:PLANTED-b' });
  const stack = await startStack(t, { upstreamName: 'exchange.invalid', yaml: `proxy: "${proxy.url}"` });
  t.match(
    (await check(t, stack)).stdout,
    /^✗ Entra: exchange\.invalid:\d+ cannot be reached through proxy http:\/\/127\.0\.0\.1:\d+ \(the proxy wants other credentials: 407\)/m,
  );
  stack.writeConfig({ upstreamName: 'exchange.invalid' });
  const { status, stdout } = await check(t, stack, [], { https_proxy: proxy.url.replace('://', '://a:PLANTED-b@') });
  t.equal(status, 0, stdout);
  t.match(stdout, /^✓ Entra: exchange\.invalid:\d+ answers through proxy/m);
  t.notMatch(stdout, /PLANTED/);
});

t.test('clocks that do not agree', async (t) => {
  const stack = await startStack(t, { prepare: ({ entra }) => (entra.clockAhead = 400_000) });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 1);
  t.match(
    stdout,
    /^✗ The clock of this machine is (?:399|400|401) s behind Entra's\. Tokens are refused from 5 minutes on\.[^]*w32tm/m,
  );
  t.match(clockLine(90_000), { level: 'warn', text: /90 s ahead of/ });
  t.match(clockLine(-2_000), { level: 'ok' });
});

t.test('a registration is named, whatever it is called', async (t) => {
  for (const name of ['network', 'listeners', 'configuration']) {
    const stack = await startStack(t);
    writeFileSync(stack.configFile, readFileSync(stack.configFile, 'utf8').replace('  contoso:', `  ${name}:`));
    const { status, stdout } = await check(t, stack);
    t.equal(status, 0, stdout);
    t.match(stdout, new RegExp(`^✓ ${name}: Entra gives a token`, 'm'));
  }
});

t.test('addresses that are taken, by the gateway itself or by another program', async (t) => {
  const stack = await startStack(t);
  stack.writeConfig({ listen: `["${stack.origin}"]`, admin: stack.admin });
  t.match(
    (await check(t, stack)).stdout,
    /^✓ http:\/\/127\.0\.0\.1:\d+ is in use by the running gateway\n✓ .* in use by the running gateway/m,
  );
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  stack.writeConfig({ listen: `["http://127.0.0.1:${(other.address() as AddressInfo).port}"]` });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 1);
  t.match(stdout, /^✗ http:.*another program listens on this address already/m);
});

t.test('sign-ins of a delegated registration', async (t) => {
  const stack = await startStack(t, { registration: '    flow: delegated' });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 1);
  t.match(stdout, /^✗ contoso: .*alice@contoso\.test[^]*ews-gateway sign-in alice@contoso\.test/m);
});

t.test('what is about to end', async (t) => {
  const DAY = 86_400_000;
  const online = {
    ...registrationAt('https://login.microsoftonline.com'),
    ewsUrl: 'https://outlook.office365.com/EWS/Exchange.asmx',
  };
  const at = (now: string, days?: number): string[] =>
    checkEnds(
      {
        ...online,
        credential: {
          kind: 'secret',
          secret: 'x',
          nextSecret: undefined,
          notAfter: days === undefined ? undefined : new Date(Date.parse(now) + days * DAY),
        },
      },
      Date.parse(now),
    ).map(({ level, text }) => `${level} ${text}`);
  t.match(at('2026-06-01', 300), ['ok the client secret is good for 300 days']);
  t.match(at('2026-11-24', 12), [
    /^warn The client secret expires in 12 days/,
    /^warn EWS in Exchange Online ends in 128 days, on 1 April 2027/,
  ]);
  t.match(at('2027-04-01', -1), [/^bad The client secret has expired/, /^bad Exchange Online has had no EWS/]);
  t.same(
    checkEnds(
      {
        ...online,
        ewsUrl: 'https://mail.contoso.com/EWS/Exchange.asmx',
        credential: { kind: 'none', notAfter: undefined },
      },
      Date.parse('2027-04-01'),
    ),
    [],
    'Exchange Server keeps its EWS',
  );
});
