import t, { type Test } from 'tap';
import { run } from '../support/command.ts';
import { envelope, GET_FOLDER, getFolder } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { signIn } from '../support/sign-in.ts';
import { ALICE, BOB, CLIENT, startStack, TENANT, type Stack, type StackOptions } from '../support/stack.ts';

const DELEGATED = '    flow: delegated';

function stackOf(t: Test, options: StackOptions = {}): Promise<Stack> {
  return startStack(t, {
    backend: 'auto',
    ...options,
    registration: [DELEGATED, options.registration].filter(Boolean).join('\n'),
    prepare: (simulator) => {
      simulator.entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [], publicClient: true }];
      options.prepare?.(simulator);
    },
  });
}

/** The gateway looks at once at a sign-in that it has just missed, if its configuration has changed. */
async function reload(stack: Stack, options: StackOptions): Promise<void> {
  stack.writeConfig({ ...options, registration: `${DELEGATED}\n    userAgent: New/1` });
  await stack.reload();
}

t.test('with backend: auto one sign-in is good for EWS and, once that is blocked, for Graph', async (t) => {
  const stack = await stackOf(t);
  const { stdout } = await signIn(t, stack, ALICE);
  t.match(stdout, /^✓ Exchange: EWS\.AccessAsUser\.All$/m);
  t.match(stdout, /^✓ Microsoft Graph: Mail\.ReadWrite$/m);
  await reload(stack, { backend: 'auto' });
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  t.equal(stack.simulator.exchange.requests.at(-1)?.mailbox, ALICE);
  stack.simulator.exchange.settings.ewsEnabled = false;
  t.match((await stack.post(GET_FOLDER)).text, /NoError/);
  const last = stack.simulator.graph.requests.at(-1);
  t.match(last, { mailbox: ALICE });
  t.ok(
    stack.simulator.graph.requests.every(({ path }) => path === '/$batch' || path.startsWith('/me/')),
    'its own mailbox is /me',
  );
});

t.test('it asks for what callers may do: sending, settings, other mailboxes', async (t) => {
  const sends = await signIn(t, await stackOf(t, { alice: '    operations: mail' }), ALICE);
  t.match(
    sends.stdout,
    /^✓ Microsoft Graph: Mail\.ReadWrite, Mail\.Send, MailboxSettings\.Read, Calendars\.ReadBasic$/m,
  );
  const opens = await signIn(t, await stackOf(t, { alice: `    mayImpersonate: [${BOB}]` }), ALICE);
  t.match(opens.stdout, /^✓ Microsoft Graph: Mail\.ReadWrite, Mail\.ReadWrite\.Shared$/m);
});

t.test("another mailbox is opened by its address, with the right that the owner's sign-in has there", async (t) => {
  const options = { backend: 'graph', alice: `    mayImpersonate: [${BOB}]` } as const;
  const stack = await stackOf(t, options);
  await signIn(t, stack, ALICE);
  await reload(stack, options);
  const mailbox = `<t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress></t:Mailbox>`;
  const inbox = `<t:DistinguishedFolderId Id="inbox">${mailbox}</t:DistinguishedFolderId>`;
  const body = envelope(getFolder().replace(/<t:DistinguishedFolderId[^]*?\/>/, inbox));
  t.match((await stack.post(body)).text, /NoError/);
  const paths = stack.simulator.graph.requests.filter(({ mailbox }) => mailbox === BOB).map(({ path }) => path);
  t.ok(paths.length > 0 && paths.every((path) => path.startsWith('/users/bob')), paths.join());
});

t.test('a sign-in from before, without consent to Graph: EWS goes on, and what to do is named', async (t) => {
  const stack = await stackOf(t, { backend: 'ews' });
  await signIn(t, stack, ALICE);
  const auto = { backend: 'auto' } as const;
  await reload(stack, auto);
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  const check = run(t, ['check', '--config', stack.configFile, '--caller', ALICE]);
  t.equal(await check.ended, 0, check.stdout);
  const [, reason, remedy] = /^! contoso: Microsoft Graph could not take over: (.*)\n([^]*)/m.exec(check.stdout) ?? [];
  t.match(reason, /^Mailbox alice@contoso\.test must sign in: .*without consent to Mail\.ReadWrite of Microsoft Graph/);
  t.match(reason, /\(AADSTS65001\)/);
  t.match(remedy, /^ +ews-gateway sign-in alice@contoso\.test$/m);
  stack.simulator.exchange.settings.ewsEnabled = false;
  readFault(t, await stack.post(GET_FOLDER), 'ErrorAccessDenied');
  await signIn(t, stack, ALICE);
  stack.writeConfig({ ...auto, registration: `${DELEGATED}\n    userAgent: New/2` });
  await stack.reload();
  t.match((await stack.post(GET_FOLDER)).text, /NoError/);
});

t.test('consent to reading alone is enough to read; that sending is missing is said', async (t) => {
  const stack = await stackOf(t, {
    backend: 'graph',
    alice: '    operations: mail',
    prepare: ({ entra, graph }) =>
      (entra.apps = [
        {
          tenantId: TENANT,
          clientId: CLIENT,
          secrets: [],
          publicClient: true,
          adminConsent: [`${graph.origin}/Mail.ReadWrite`],
        },
      ]),
  });
  // Signed in for EWS only, as before: what an administrator has consented to counts for everybody.
  const options = { backend: 'ews', alice: '    operations: mail' } as const;
  stack.writeConfig({ ...options, registration: DELEGATED });
  await signIn(t, stack, ALICE);
  await reload(stack, { ...options, backend: 'graph' });
  t.match((await stack.post(GET_FOLDER)).text, /NoError/);
  t.ok(
    stack
      .log()
      .some(
        ({ msg, mailbox, permissions }) =>
          msg === 'token obtained' && mailbox === ALICE && String(permissions) === 'Mail.ReadWrite',
      ),
    'the log says what was granted',
  );
  const check = run(t, ['check', '--config', stack.configFile, '--caller', ALICE]);
  await check.ended;
  t.match(check.stdout, /^! contoso: alice@contoso\.test is signed in to Microsoft Graph without Mail\.Send, /m);
  t.match(check.stdout, /^✓ contoso: Inbox of alice@contoso\.test through Microsoft Graph: 0 messages$/m);
});
