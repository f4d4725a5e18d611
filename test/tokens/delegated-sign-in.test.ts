import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { spawnCommand } from '../support/command.ts';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { signIn } from '../support/sign-in.ts';
import {
  ALICE,
  BOB,
  basic,
  CLIENT,
  send,
  startStack,
  TENANT,
  type Stack,
  type StackOptions,
} from '../support/stack.ts';

const delegated = '    flow: delegated';

function stackOf(t: Test, options: StackOptions = {}): Promise<Stack> {
  return startStack(t, {
    registration: delegated,
    ...options,
    prepare: (simulator) => {
      simulator.entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [], publicClient: true }];
      options.prepare?.(simulator);
    },
  });
}

t.test('a mailbox signs in once, and its requests go with its own token and without impersonation', async (t) => {
  const stack = await stackOf(t);
  const fault = readFault(t, await stack.post(GET_FOLDER), 'ErrorAccessDenied');
  t.match(
    fault.text,
    /Mailbox alice@contoso\.test must sign in: It was never signed in\..*run: ews-gateway sign-in alice@contoso\.test/,
  );
  const command = await signIn(t, stack, ALICE, { username: ALICE });
  t.match(
    command.stdout,
    new RegExp(
      String.raw`^Open {2}https://localhost:\d+/devicelogin\nEnter \S+\nand sign in as alice@contoso\.test.*` +
        String.raw`\nalice@contoso\.test is signed in`,
    ),
  );
  await stack.reload();
  // A gateway that has just told that nobody signed in remembers it for half a minute; a new configuration looks again.
  stack.writeConfig({ registration: `${delegated}\n    userAgent: New/1` });
  await stack.reload();
  const answer = await stack.post(envelope(getFolder(), impersonation(ALICE)));
  t.equal(answer.status, 200, answer.text);
  const request = stack.simulator.exchange.requests.at(-1);
  t.equal(request?.mailbox, ALICE);
  t.notMatch(request?.body.toString() ?? '', /ExchangeImpersonation/);
  t.equal(request?.headers['x-anchormailbox'], ALICE);
  readFault(t, await send(stack.url, GET_FOLDER, { authorization: basic(BOB) }), 'ErrorAccessDenied');
  const ready = JSON.parse((await send(`${stack.admin}/readyz`, null)).text) as {
    registrations: { contoso: { problem: string } };
  };
  t.match(
    ready.registrations.contoso.problem,
    /Mailbox bob@contoso\.test must sign in/,
    '/readyz names who is missing',
  );
  t.notMatch(ready.registrations.contoso.problem, /alice/);
});

t.test('what is kept is encrypted, bound to its mailbox, and for the own account only', async (t) => {
  const stack = await stackOf(t);
  await signIn(t, stack, ALICE, { username: ALICE.toUpperCase() });
  const folder = join(dirname(stack.configFile), 'gateway-tokens');
  const file = readdirSync(folder).find((name) => name.endsWith('.json')) ?? '';
  const text = readFileSync(join(folder, file), 'utf8');
  t.match(JSON.parse(text), { version: 1, registration: 'contoso', mailbox: ALICE });
  t.notMatch(Buffer.from((JSON.parse(text) as { data: string }).data, 'base64').toString('latin1'), /^1\./);
  if (process.platform !== 'win32')
    for (const name of ['key', file]) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  // Somebody who can write files puts Alice's sign-in in Bob's place.
  await signIn(t, stack, BOB, { username: BOB });
  const bobs = readdirSync(folder).find((name) => name.endsWith('.json') && name !== file) ?? '';
  renameSync(join(folder, file), join(folder, bobs));
  stack.writeConfig({ registration: `${delegated}\n    userAgent: New/1` });
  await stack.reload();
  t.match(
    readFault(t, await send(stack.url, GET_FOLDER, { authorization: basic(BOB) }), 'ErrorAccessDenied').text,
    /cannot be decrypted: it was written with another key, or is damaged/,
  );
});

t.test('refresh tokens roll; when one dies the caller is told who must do what', async (t) => {
  const stack = await stackOf(t);
  await signIn(t, stack, ALICE, { username: ALICE });
  stack.writeConfig({ registration: `${delegated}\n    userAgent: New/1` });
  await stack.reload();
  const folder = join(dirname(stack.configFile), 'gateway-tokens');
  const stored = (): string =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join();
  const before = stored();
  t.equal((await stack.post(GET_FOLDER)).status, 200);
  t.not(stored(), before, 'the new one took the place of the old one');
  stack.simulator.entra.deviceFlow.dead.set(ALICE, 700082);
  stack.simulator.exchange.script.add({ status: 401 });
  t.match(
    readFault(t, await stack.post(GET_FOLDER), 'ErrorAccessDenied').text,
    /must sign in: Entra no longer accepts its sign-in \(AADSTS700082\)\..*ews-gateway sign-in alice@contoso\.test/,
  );
});

t.test('a sign-in that is not to be kept', async (t) => {
  const stack = await stackOf(t);
  const other = await signIn(t, stack, ALICE, { username: BOB });
  t.equal(await other.ended, 1);
  t.match(other.stderr, /^bob@contoso\.test signed in, but the mailbox is alice@contoso\.test\. Nothing was kept/);
  const declined = await signIn(t, stack, ALICE, 'declined');
  t.equal(await declined.ended, 1);
  t.match(declined.stderr, /declined\. Nothing was kept/);
  const folder = join(dirname(stack.configFile), 'gateway-tokens');
  mkdirSync(folder, { recursive: true });
  t.same(
    readdirSync(folder).filter((name) => name.endsWith('.json')),
    [],
  );
  const nobody = spawnCommand(t, ['sign-in', 'nobody@contoso.test', '-c', stack.configFile]);
  t.equal(await nobody.ended, 1);
  t.match(nobody.stderr, /No caller in .* opens the mailbox nobody@contoso\.test/);
});

t.test('the authority organizations serves too', async (t) => {
  const stack = await stackOf(t);
  const text = readFileSync(stack.configFile, 'utf8').replace(TENANT, 'organizations');
  writeFileSync(stack.configFile, text);
  await signIn(t, stack, ALICE, { username: ALICE });
  await stack.reload();
  t.equal((await stack.post(GET_FOLDER)).status, 200);
});

t.test('an app that does not allow it is explained', async (t) => {
  const stack = await stackOf(t, {
    prepare: ({ entra }) => (entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [] }]),
  });
  const command = await signIn(t, stack, ALICE, { username: ALICE });
  t.equal(await command.ended, 1);
  t.match(command.stderr, /Allow public client flows.*AADSTS7000218/);
});

t.test('what goes together is checked', async (t) => {
  const stack = await startStack(t);
  for (const [registration, message] of [
    [`${delegated}\n    credential: { secret: { env: SECRET } }`, /flow: delegated needs none/],
    ['    flow: other', /must be one of application, delegated/],
  ] as const) {
    stack.writeConfig({ registration });
    await t.rejects(stack.reload(), { message });
  }
  stack.writeConfig({ registration: delegated, yaml: 'tokenStore: { key: { env: SECRET } }' });
  await t.rejects(stack.reload(), {
    message: /tokenStore\.key: is not 32 bytes in base64; make one with: openssl rand -base64 32/,
  });
});
