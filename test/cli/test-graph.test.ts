import t, { type Test } from 'tap';
import { run } from '../support/command.ts';
import { ALICE, CLIENT, PASSWORD, SECRET, startStack, TENANT, type StackOptions } from '../support/stack.ts';

async function test(t: Test, options: StackOptions = {}): Promise<{ status: number | null; stdout: string }[]> {
  const all: StackOptions = { backend: 'graph', ...options };
  const stack = await startStack(t, all);
  stack.writeConfig({ ...all, listen: `["${stack.origin}"]`, admin: stack.admin });
  const results = [];
  for (const args of [[ALICE], [ALICE, '--as-admin']]) {
    const command = run(t, ['test', '--config', stack.configFile, ...args], { input: `${PASSWORD}\n` });
    results.push({ status: await command.ended, stdout: command.stdout });
  }
  t.equal(stack.simulator.exchange.requests.length, 0, 'EWS is not asked');
  return results;
}

t.test('the three steps through Graph, with the password and as administrator', async (t) => {
  for (const { status, stdout } of await test(t)) {
    t.equal(status, 0, stdout);
    t.match(stdout, /✓ open the Inbox: Inbox of alice@contoso\.test: 0 messages\n✓ count unread: 0 unread\n/);
  }
});

t.test('without the permission: Mail.ReadWrite of Graph is named, and no permission of EWS', async (t) => {
  const results = await test(t, {
    prepare: ({ entra }) =>
      (entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: [] }]),
  });
  for (const { status, stdout } of results) {
    t.equal(status, 1);
    t.match(stdout, /✗ open the Inbox: [^]*At fault: the Exchange tenant[^]*Mail\.ReadWrite of Microsoft Graph/);
    t.notMatch(stdout, /full_access_as_app|Exchange answers/);
  }
});
