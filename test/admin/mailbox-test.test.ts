/** What the Test button and `ews-gateway test --as-admin` say. */
import t, { type Test } from 'tap';
import { request } from 'undici';
import { exchangeFault } from '../../src/simulator/exchange/exchange.ts';
import type { MailboxTestResult } from '../../src/diagnosis/mailbox-test.ts';
import { ALICE, BOB, CLIENT, mail, startStack, type Stack, type StackOptions } from '../support/stack.ts';

async function run({ admin }: Stack, username = ALICE): Promise<MailboxTestResult> {
  const response = await request(`${admin}/tests`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username }),
  });
  return (await response.body.json()) as MailboxTestResult;
}

/** Runs it against a stack that was spoiled, and returns the step that failed. */
async function failure(
  t: Test,
  options: StackOptions,
  spoil: (stack: Stack) => void = () => undefined,
): Promise<{ readonly text: string; readonly side: string; readonly remedy: string }> {
  const stack = await startStack(t, options);
  spoil(stack);
  const result = await run(stack);
  const step = result.steps.at(-1);
  t.notOk(result.ok);
  t.equal(step?.ok, false);
  return {
    text: step?.text ?? '',
    side: step?.explanation?.side ?? '',
    remedy: step?.explanation?.remedy.join('\n') ?? '',
  };
}

t.test('all is well', async (t) => {
  const stack = await startStack(t);
  const [mailbox] = stack.simulator.exchange.mailboxes;
  await mailbox?.deliver(mail('one'));
  await mailbox?.deliver(mail('two'));
  t.match(await run(stack, 'ALICE@contoso.test'), {
    ok: true,
    mailbox: ALICE,
    steps: [
      { name: 'sign in', ok: true },
      { name: 'open the Inbox', ok: true, text: 'Inbox of alice@contoso.test: 2 messages' },
      { name: 'count unread', ok: true, text: '2 unread' },
    ],
  });
  t.match(
    stack.log().find(({ msg }) => msg === 'request answered'),
    { caller: ALICE, operation: 'GetFolder', userAgent: /^ews-gateway-test/ },
    'in the log like any request',
  );
});

t.test('nobody of this name', async (t) => {
  const { admin } = await startStack(t);
  const response = await request(`${admin}/tests`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"username":"nobody@contoso.test"}',
  });
  await response.body.dump();
  t.equal(response.statusCode, 404);
});

t.test('Entra refuses', async (t) => {
  const { text, side } = await failure(t, { secret: 'PLANTED-wrong' });
  t.match(text, /client secret of registration 'contoso' is wrong.*AADSTS7000215/);
  t.notMatch(text, /gateway request/);
  t.equal(side, 'Entra');
});

t.test('EWS is switched off: how to allow it without cutting off the other apps', async (t) => {
  const off = await failure(t, {}, ({ simulator }) => (simulator.exchange.settings.ewsEnabled = false));
  t.equal(off.side, 'the Exchange tenant');
  t.match(off.text, /EWS is switched off/);
  const blocked = await failure(
    t,
    {},
    ({ simulator }) => (simulator.exchange.settings.allowedAppIds = ['33333333-3333-4333-8333-333333333333']),
  );
  for (const { remedy } of [off, blocked]) {
    t.match(remedy, `$id  = "${CLIENT}"`);
    t.match(remedy, '-RetrieveEwsOperationAccessPolicy');
    t.match(remedy, '+ $id');
    t.match(remedy, /24 hours/);
    t.match(remedy, /1 April 2027/);
  }
  t.match(blocked.remedy, /EwsAllowList/);
});

t.test('the mailbox is outside the scope of the app, or unknown', async (t) => {
  const excluded = await failure(
    t,
    {},
    ({ simulator }) => (simulator.exchange.settings.excludedMailboxes = new Set([ALICE])),
  );
  t.match(excluded.remedy, `Test-ServicePrincipalAuthorization -Identity ${CLIENT} -Resource ${ALICE}`);
  t.equal(excluded.side, 'the Exchange tenant');
  const denied = await failure(
    t,
    {},
    ({ simulator }) => (simulator.exchange.settings.impersonationDenied = new Set([ALICE])),
  );
  t.match(denied, { text: /^Exchange answers ErrorImpersonateUserDenied: /, side: 'the Exchange tenant' });
  const unknown = await failure(t, {}, ({ simulator }) => simulator.exchange.mailboxes.shift());
  t.match(unknown, {
    text: /ErrorNonExistentMailbox/,
    side: "the gateway's configuration",
    remedy: /Get-Mailbox alice@contoso\.test/,
  });
});

t.test('throttled, and not reachable', async (t) => {
  const busy = exchangeFault('ErrorServerBusy', 'Try again later.', 400_000);
  t.match(
    await failure(t, {}, ({ simulator }) =>
      simulator.exchange.script.add({ status: 500, headers: { 'content-type': 'text/xml' }, body: busy }),
    ),
    { text: /ErrorServerBusy/, side: 'Exchange Online, for now' },
  );
  t.match(await failure(t, { ews: 'http://127.0.0.1:9/EWS/Exchange.asmx' }), {
    text: /cannot be reached/,
    side: 'the network',
  });
});

t.test('a caller without the right to list folders', async (t) => {
  const { side, remedy } = await failure(t, { alice: '    operations: [GetItem]' });
  t.equal(side, "the gateway's configuration");
  t.match(remedy, /'operations' of caller alice/);
});

t.test('a gateway says the same of the latest requests', async (t) => {
  const stack = await startStack(t);
  await run(stack, BOB);
  const { requests } = (await (await request(`${stack.admin}/requests`)).body.json()) as {
    readonly requests: readonly unknown[];
  };
  t.match(requests, [{ caller: BOB, operation: 'FindItem', outcome: 'ok', time: /^20/ }, { operation: 'GetFolder' }]);
});
