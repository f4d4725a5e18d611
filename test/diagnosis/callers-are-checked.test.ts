/** What `check` finds out about each caller's mailbox, and what it makes of Exchange's refusals. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { exchangeFault } from '../../src/simulator/exchange/exchange.ts';
import { run } from '../support/command.ts';
import { ALICE, BOB, CLIENT, SECRET, startStack, TENANT, type Stack } from '../support/stack.ts';

async function check(
  t: Test,
  { configFile }: Stack,
  ...args: string[]
): Promise<{ status: number | null; text: string }> {
  const command = run(t, ['check', '--config', configFile, ...args], { environment: { SECRET, https_proxy: '' } });
  const status = await command.ended;
  return { status, text: command.stdout + command.stderr };
}

/** The first request is the probe without impersonation. */
const PROBE = { operation: 'GetFolder', delay: 0 };
const TEXT = { 'content-type': 'text/plain' };
const XML = { 'content-type': 'text/xml' };

t.test('--caller looks at one caller and what it needs', async (t) => {
  const stack = await startStack(t, { logLevel: 'trace' });
  const { status, text } = await check(t, stack, '--caller', ALICE.toUpperCase());
  t.equal(status, 0, text);
  t.match(text, /^✓ contoso: caller alice@contoso\.test: Inbox of alice@contoso\.test: 0 messages$/m);
  t.notMatch(text, /bob@contoso|listens|is free/);
  t.same(
    stack.simulator.exchange.requests.map(({ mailbox }) => mailbox).filter((mailbox) => mailbox !== undefined),
    [ALICE],
  );
  t.match(await check(t, stack, '--caller', 'nobody'), { status: 1, text: /^✗ There is no caller nobody in /m });
});

t.test('--caller with a mailbox of a domain', async (t) => {
  const callers = '  - username: "@contoso.test"';
  const stack = await startStack(t, { logLevel: 'trace', callers });
  const { text } = await check(t, stack, '--caller', 'dave@contoso.test');
  t.match(text, /^✗ contoso: caller dave@contoso\.test: Inbox of dave@contoso\.test: .*ErrorNonExistentMailbox/m);
  t.match((await check(t, stack, '--caller', '@contoso.test')).text, /caller @contoso\.test: a domain has no single/);
});

t.test('a refusal without SOAP is explained as the gateway explains it', async (t) => {
  for (const [headers, text] of [
    [
      { 'x-ews-policy-reason': 'EWS is blocked.' },
      /Inbox of alice.*A policy of the tenant blocks EWS[^]*EwsAllowedAppIDs/,
    ],
    [{}, /Inbox of alice.*HTTP 403 without X-EWS-Policy-Reason[^]*Test-ServicePrincipalAuthorization/],
  ] as const) {
    const stack = await startStack(t, { logLevel: 'trace' });
    stack.simulator.exchange.script.add(PROBE, { status: 403, headers: { ...TEXT, ...headers } });
    t.match(await check(t, stack, '--caller', ALICE), { status: 1, text });
  }
});

t.test('what throttles is asked once more after a short back-off, and is a warning after that', async (t) => {
  const busy = (backOff: number): Buffer => Buffer.from(exchangeFault('ErrorServerBusy', 'Later.', backOff));
  const cases: readonly (readonly [string, { status: number; headers: Record<string, string>; body?: Buffer }])[] = [
    ['429', { status: 429, headers: { ...TEXT, 'retry-after': '1' } }],
    ['503', { status: 503, headers: { ...TEXT, 'retry-after': '1' } }],
    ['ErrorServerBusy', { status: 500, headers: XML, body: busy(10) }],
  ];
  for (const [name, fault] of cases) {
    const stack = await startStack(t, { logLevel: 'trace' });
    stack.simulator.exchange.script.add(PROBE, fault);
    const passed = await check(t, stack, '--caller', ALICE);
    t.match(passed, { status: 0, text: /^✓ contoso: caller alice@contoso\.test: Inbox of/m }, `${name} once`);
    stack.simulator.exchange.script.add(PROBE, { ...fault, times: 2 });
    const stays = await check(t, stack, '--caller', ALICE);
    t.match(stays, { status: 0, text: /^! contoso: caller alice@contoso\.test: Inbox of alice/m }, `${name} twice`);
    t.match(stays.text, name === 'ErrorServerBusy' ? /ErrorServerBusy: Later/ : new RegExp(`HTTP ${name}`));
  }
  const stack = await startStack(t, { logLevel: 'trace' });
  stack.simulator.exchange.script.add(PROBE, { status: 500, headers: XML, body: busy(6_000) });
  t.match((await check(t, stack, '--caller', ALICE)).text, /^! contoso: caller alice/m, 'a long one is not waited for');
});

t.test('an answer without an end is not read to its end', async (t) => {
  const stack = await startStack(t, { logLevel: 'trace' });
  const body = Buffer.alloc(5_000_000, ' ');
  stack.simulator.exchange.script.add({ status: 200, headers: XML, body });
  t.match((await check(t, stack, '--caller', ALICE)).text, /^✗ contoso: .*HTTP 200 without a SOAP message/m);
});

t.test('mailboxes that are signed in are opened with their own token, without impersonation', async (t) => {
  const stack = await startStack(t, {
    logLevel: 'trace',
    registration: '    flow: delegated',
    prepare: ({ entra }) => (entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [], publicClient: true }]),
  });
  const signIn = run(t, ['sign-in', ALICE, '--config', stack.configFile]);
  const [, code = ''] = await signIn.until(/Enter (\S+)/);
  t.ok(stack.simulator.entra.deviceFlow.answer(code, { username: ALICE }));
  t.equal(await signIn.ended, 0);
  t.match(await check(t, stack, '--caller', ALICE), {
    status: 0,
    text: /^✓ contoso: alice@contoso\.test is signed in\n✓ contoso: Inbox of alice@contoso\.test: 0 messages$/m,
  });
  t.notMatch(stack.simulator.exchange.requests.at(-1)?.body.toString(), /ExchangeImpersonation/);
  stack.simulator.exchange.script.add({ status: 403, headers: TEXT });
  t.match(await check(t, stack, '--caller', ALICE), { status: 1, text: /^✗ contoso: Inbox of alice.*HTTP 403/m });
  t.match(await check(t, stack, '--caller', BOB), { status: 1, text: /^✗ contoso: .*bob@contoso\.test must sign in/m });
});

t.test('a damaged state file is a line, and the rest is checked', async (t) => {
  const stack = await startStack(t, { logLevel: 'trace', yaml: 'stateFile: state.json' });
  writeFileSync(join(dirname(stack.configFile), 'state.json'), '{ damaged', { mode: 0o600 });
  const { status, text } = await check(t, stack);
  t.equal(status, 1);
  t.match(text, /^✗ .*state\.json is not a state file of the gateway/m);
  t.match(text, /^✓ contoso: caller alice@contoso\.test: Inbox of/m);
});
