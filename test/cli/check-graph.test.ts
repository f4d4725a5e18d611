import { readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { run } from '../support/command.ts';
import {
  BOB,
  CLIENT,
  SECRET,
  startStack as startAny,
  TENANT,
  type Stack,
  type StackOptions,
} from '../support/stack.ts';

/** What `check` asks stands in no log of the gateway. */
const startStack = (t: Test, options: StackOptions = {}): Promise<Stack> =>
  startAny(t, { logLevel: 'trace', backend: 'graph', ...options });

async function check(t: Test, { configFile }: Stack): Promise<{ status: number | null; stdout: string }> {
  const command = run(t, ['check', '--config', configFile], {
    environment: { SECRET, https_proxy: '', HTTPS_PROXY: '' },
  });
  const status = await command.ended;
  return { status, stdout: command.stdout };
}

function withRoles(...graphRoles: readonly string[]): NonNullable<StackOptions['prepare']> {
  return ({ entra }) =>
    (entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles }]);
}

t.test('all callers on Graph: its token, its role, one GET for each mailbox, and nothing of EWS', async (t) => {
  const stack = await startStack(t, { callers: '  - { username: "CONTOSO\\\\erin", mailbox: bob@contoso.test }' });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 0, stdout);
  t.match(stdout, /^✓ Microsoft Graph: localhost:\d+ answers/m);
  t.match(stdout, /^✓ contoso: the token for Microsoft Graph carries Mail\.ReadWrite$/m);
  for (const mailbox of ['alice', 'bob'])
    t.match(
      stdout,
      new RegExp(`^✓ contoso: caller ${mailbox}@.* Inbox of ${mailbox}@.* through Microsoft Graph: 0 messages$`, 'm'),
    );
  t.match(stdout, /^! contoso: caller CONTOSO\\erin: .*Inbox of bob@.*no password yet/m);
  t.notMatch(stdout, /Exchange|full_access_as_app/);
  t.equal(stack.simulator.exchange.requests.length, 0);
  const asked = stack.simulator.graph.requests.filter(({ mailbox }) => mailbox === BOB);
  t.same(
    asked.map(({ method, template }) => `${method} ${template}`),
    ['GET /users/{user}/mailFolders/{folder}'],
    'a mailbox that two callers share is asked once',
  );
});

t.test('with backend: auto both ways are looked at, and one of them is enough', async (t) => {
  const auto = { backend: 'auto' } as const;
  const both = await check(t, await startStack(t, auto));
  t.equal(both.status, 0, both.stdout);
  for (const text of [
    'Exchange lets the app use EWS',
    'caller alice@contoso\\.test: Inbox of alice@contoso\\.test: 0 messages',
    'caller alice@contoso\\.test: Inbox of alice@contoso\\.test through Microsoft Graph: 0 messages',
  ])
    t.match(both.stdout, new RegExp(`^✓ contoso: ${text}$`, 'm'));

  const onlyEws = await check(t, await startStack(t, { ...auto, prepare: withRoles() }));
  t.equal(onlyEws.status, 0, onlyEws.stdout);
  t.match(onlyEws.stdout, /^! contoso: Microsoft Graph could not take over: caller alice@.*Mail\.ReadWrite/m);
  t.match(onlyEws.stdout, /^✓ contoso: caller alice@contoso\.test: Inbox of alice@contoso\.test: 0 messages$/m);

  const onlyGraph = await check(
    t,
    await startStack(t, { ...auto, prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false) }),
  );
  t.equal(onlyGraph.status, 0, onlyGraph.stdout);
  t.match(onlyGraph.stdout, /^! contoso: .*EWS is switched off/m);

  const neither = await check(
    t,
    await startStack(t, {
      ...auto,
      prepare: (simulator) => {
        withRoles()(simulator);
        simulator.exchange.settings.ewsEnabled = false;
      },
    }),
  );
  t.equal(neither.status, 1, neither.stdout);
});

t.test('one caller switched over: both ways are looked at, each for its own callers', async (t) => {
  const stack = await startStack(t, { alice: '    backend: ews' });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 0, stdout);
  t.match(stdout, /^✓ contoso: Exchange lets the app use EWS$/m);
  t.match(stdout, /^✓ contoso: caller alice@contoso\.test: Inbox of alice@contoso\.test: 0 messages$/m);
  t.match(stdout, /^✓ contoso: caller bob@contoso\.test: Inbox of bob@contoso\.test through Microsoft Graph/m);
  t.same(
    new Set(stack.simulator.exchange.requests.map(({ mailbox }) => mailbox)),
    new Set([undefined, 'alice@contoso.test']),
  );
  t.notOk(stack.simulator.graph.requests.some(({ mailbox }) => mailbox === 'alice@contoso.test'));
});

t.test('the role is missing: it is named, and each mailbox says what to do', async (t) => {
  const stack = await startStack(t, { prepare: withRoles() });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 1);
  t.match(
    stdout,
    /^! contoso: The token for Microsoft Graph does not carry Mail\.ReadWrite\.[^]*application permission Mail\.ReadWrite, Grant/m,
  );
  t.match(stdout, /^✗ contoso: caller alice@.*: Inbox of alice@.*: Microsoft Graph answers \S+ \(HTTP 403\)/m);
  t.match(stdout, /^ +Give app 2{8}\S+ the application permission Mail\.ReadWrite of Microsoft Graph/m);
});

t.test('RBAC for Applications leaves no role in the token: a warning only', async (t) => {
  const stack = await startStack(t, {
    prepare: (simulator) => {
      withRoles()(simulator);
      simulator.graph.settings.rbacApps = new Map([[CLIENT, ['Mail.ReadWrite']]]);
    },
  });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 0, stdout);
  t.match(stdout, /^! contoso: The token for Microsoft Graph does not carry Mail\.ReadWrite\. That is right where/m);
  t.match(stdout, /^✓ contoso: caller alice@.* through Microsoft Graph: 0 messages$/m);
});

t.test('a mailbox outside the scope, and one that is on-premises', async (t) => {
  const stack = await startStack(t, {
    prepare: ({ graph }) => {
      graph.settings.excludedMailboxes = new Set(['alice@contoso.test']);
      graph.settings.withoutRest = new Set([BOB]);
    },
  });
  const { status, stdout } = await check(t, stack);
  t.equal(status, 1);
  t.match(stdout, /^✗ contoso: caller alice@.*\[RAOP\].*outside the app's scope[^]*?Test-ApplicationAccessPolicy/m);
  t.match(stdout, /^✗ contoso: caller bob@.*MailboxNotEnabledForRESTAPI \(HTTP 404\).*on-premises/m);
  t.match(stdout, /^✓ contoso: caller CONTOSO\\carol: /m);
});

t.test('where a caller may send, Mail.Send is asked for', async (t) => {
  const missing = await check(t, await startStack(t, { alice: '    operations: mail' }));
  t.equal(missing.status, 0, missing.stdout);
  t.match(
    missing.stdout,
    /^! contoso: The token for Microsoft Graph does not carry Mail\.Send, without which alice@contoso\.test \(mail\) may not send\.$/m,
  );
  const granted = await check(
    t,
    await startStack(t, { alice: '    operations: mail', prepare: withRoles('Mail.ReadWrite', 'Mail.Send') }),
  );
  t.match(granted.stdout, /^✓ contoso: the token for Microsoft Graph carries Mail\.Send$/m);
  t.notMatch((await check(t, await startStack(t))).stdout, /Mail\.Send/, 'a capture does not send');
});

/** Nobody listens there. */
const NOWHERE = 'https://127.0.0.1:9';

/** The configuration once more, with an address of its endpoints changed. */
function withEndpoint({ configFile }: Stack, name: string, address: string): void {
  const text = readFileSync(configFile, 'utf8');
  writeFileSync(configFile, text.replace(/endpoints: \{/, `endpoints: {"${name}":"${address}",`));
}

t.test('with backend: auto a Graph that cannot be reached is a warning while EWS serves', async (t) => {
  const auto = { backend: 'auto', graph: NOWHERE } as const;
  const { status, stdout } = await check(t, await startStack(t, auto));
  t.equal(status, 0, stdout);
  t.match(stdout, /^! Microsoft Graph could not take over: Microsoft Graph: 127\.0\.0\.1:9 cannot be reached/m);
  t.match(stdout, /^✓ contoso: caller alice@contoso\.test: Inbox of alice@contoso\.test: 0 messages$/m, 'EWS is asked');

  const graph = await check(t, await startStack(t, { backend: 'graph', graph: NOWHERE }));
  t.equal(graph.status, 1, 'to callers on Graph it is an error');
  t.match(graph.stdout, /^✗ .*Microsoft Graph: 127\.0\.0\.1:9 cannot be reached/m);
  const ews = await check(t, await startStack(t, { backend: 'auto', ews: `${NOWHERE}/EWS/Exchange.asmx` }));
  t.equal(ews.status, 1, 'a missing connection to EWS is no reason for Graph to take over before the end');
});

t.test('the host of uploads is looked at where a caller may bring large attachments', async (t) => {
  const stack = await startStack(t, { alice: '    operations: mail' });
  withEndpoint(stack, 'uploads', new URL(stack.simulator.graph.uploads.origin).origin);
  const reached = await check(t, stack);
  t.match(reached.stdout, /^✓ .*Uploads of Microsoft Graph: \S+ answers/m);
  const blocked = await startStack(t, { alice: '    operations: mail' });
  withEndpoint(blocked, 'uploads', NOWHERE);
  const { status, stdout } = await check(t, blocked);
  t.equal(status, 0, stdout);
  t.match(
    stdout,
    /^! .*attachments above 3 MB could not be sent through Microsoft Graph: Uploads of .*cannot be reached/m,
  );
  const capture = await startStack(t);
  withEndpoint(capture, 'uploads', NOWHERE);
  t.notMatch((await check(t, capture)).stdout, /Uploads/);
});
