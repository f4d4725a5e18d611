import t, { type Test } from 'tap';
import { hashPassword } from '../../src/callers/password-hash.ts';
import type { MailboxTestResult } from '../../src/diagnosis/mailbox-test.ts';
import { run } from '../support/command.ts';
import { ALICE, BOB, CHEAP, PASSWORD, startStack, type Stack, type StackOptions } from '../support/stack.ts';

async function stackFor(t: Test, options: StackOptions = {}): Promise<Stack> {
  const stack = await startStack(t, options);
  // The ports that were really given, for the command to find.
  stack.writeConfig({ ...options, listen: `["${stack.origin}"]`, admin: stack.admin });
  return stack;
}

async function test(
  t: Test,
  { configFile }: Stack,
  args: readonly string[],
  input = `${PASSWORD}\n`,
  environment: Record<string, string> = {},
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const command = run(t, ['test', '--config', configFile, ...args], { input, environment });
  const status = await command.ended;
  return { status, stdout: command.stdout, stderr: command.stderr };
}

t.test('as the program does it, with its password', async (t) => {
  const stack = await stackFor(t);
  const { status, stdout } = await test(t, stack, [ALICE]);
  t.equal(status, 0, stdout);
  t.match(
    stdout,
    /^✓ sign in: the gateway accepts alice@contoso\.test\n✓ open the Inbox: Inbox of alice@contoso\.test: 0 messages\n✓ count unread: 0 unread\n\n✓ alice@contoso\.test works/,
  );
});

t.test('a wrong password is at fault in the program, an unknown name in the configuration', async (t) => {
  const stack = await stackFor(t);
  const wrong = await test(t, stack, [ALICE], 'PLANTED-wrong\n');
  t.equal(wrong.status, 1);
  t.match(
    wrong.stdout,
    /^✗ sign in: The password is not that of the configuration[^]*At fault: the program\. What to do:[^]*ews-gateway enrol alice@contoso\.test/,
  );
  const unknown = await test(t, stack, ['nobody@contoso.test']);
  t.match(
    unknown.stdout,
    /^✗ sign in: No caller of the configuration has this user name[^]*At fault: the gateway's configuration/,
  );
});

t.test('an address that is not allowed, and a name that is locked', async (t) => {
  const stack = await stackFor(t, { alice: '    from: [192.0.2.1]', yaml: 'lockout: { failuresPerName: 10 }' });
  t.match(
    (await test(t, stack, [ALICE])).stdout,
    /✗ sign in: The caller may not come from this address[^]*'from' of caller/,
  );
  for (let count = 0; count < 10; count++)
    await stack.post('x', { authorization: `Basic ${Buffer.from(`${BOB}:wrong${count}`).toString('base64')}` });
  t.match(
    (await test(t, stack, [BOB])).stdout,
    /✗ sign in: Locked after too many[^]*ews-gateway unlock bob@contoso\.test/,
  );
});

t.test('--as-admin needs no password, but that of the admin address', async (t) => {
  const options = { adminMore: `password: { hash: "${await hashPassword('PLANTED-admin', CHEAP)}" }` };
  const stack = await stackFor(t, options);
  const asked = await test(t, stack, [BOB, '--as-admin']);
  t.equal(asked.status, 1);
  t.match(
    asked.stderr,
    /The admin address has a password\. Give it in the environment variable EWS_GATEWAY_ADMIN_PASSWORD/,
  );
  const wrong = await test(t, stack, [BOB, '--as-admin'], '', { EWS_GATEWAY_ADMIN_PASSWORD: 'PLANTED-wrong' });
  t.match(wrong.stderr, /does not accept this password for admin/);
  const right = await test(t, stack, [BOB, '--as-admin'], '', { EWS_GATEWAY_ADMIN_PASSWORD: 'PLANTED-admin' });
  t.equal(right.status, 0, right.stdout + right.stderr);
  t.match(right.stdout, /✓ bob@contoso\.test works/);
});

t.test('EWS blocked for the tenant: the snippet that adds the app', async (t) => {
  const stack = await stackFor(t, { prepare: ({ exchange }) => (exchange.settings.ewsEnabled = false) });
  for (const args of [[ALICE], [ALICE, '--as-admin']]) {
    const { status, stdout } = await test(t, stack, args);
    t.equal(status, 1);
    const [, failure = '', remedy = ''] = /✓ sign in([^]*)At fault: the Exchange tenant([^]*)/.exec(stdout) ?? [];
    t.match(failure, /✗ open the Inbox: EWS is switched off/);
    t.match(remedy, /\$now = \(Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy\)[^]*24 hours[^]*1 April 2027/);
  }
});

t.test('--json for programs', async (t) => {
  const stack = await stackFor(t);
  const { stdout } = await test(t, stack, [ALICE, '--json']);
  t.match(JSON.parse(stdout) as MailboxTestResult, {
    ok: true,
    username: ALICE,
    steps: [{ name: 'sign in', ok: true }, { ok: true }, { ok: true }],
  });
});

t.test('no gateway, no such caller, no name', async (t) => {
  const stack = await startStack(t);
  stack.writeConfig({ listen: '["http://127.0.0.1:9"]', admin: 'http://127.0.0.1:9' });
  const none = await test(t, stack, [ALICE]);
  t.equal(none.status, 1);
  t.match(
    none.stdout,
    /^✗ open the Inbox: No gateway answers at http:\/\/127\.0\.0\.1:9\/ews\/exchange\.asmx \(ECONNREFUSED\)\. Is it running/,
  );
  t.match((await test(t, stack, [ALICE, '--as-admin'])).stderr, /No gateway answers at http:\/\/127\.0\.0\.1:9 /);
  t.match(
    (await test(t, await stackFor(t), ['nobody@x.test', '--as-admin'])).stderr,
    /There is no caller nobody@x\.test/,
  );
  t.equal((await test(t, stack, [])).status, 2);
});

t.test('an answer that takes long is announced', async (t) => {
  const stack = await stackFor(t);
  stack.simulator.exchange.script.add({ delay: 300 });
  const { status, stderr } = await test(t, stack, [ALICE]);
  t.equal(status, 0);
  t.match(stderr, /^(?:Waiting for the answer \.\.\.\n)+$/, 'once for each step that takes long');
});
