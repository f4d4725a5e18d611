import t from 'tap';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { ALICE, BOB, startStack } from '../support/stack.ts';

t.test('without a header of its own a caller acts as its mailbox', async (t) => {
  const { post, simulator } = await startStack(t);
  t.equal((await post(GET_FOLDER)).status, 200);
  t.equal(simulator.exchange.requests.at(-1)?.mailbox, ALICE);
});

t.test("a client's own header is replaced by one for the same mailbox", async (t) => {
  const { post, simulator } = await startStack(t, { alice: `    mayImpersonate: [${BOB}]` });
  for (const [wanted, type] of [
    [BOB, 'SmtpAddress'],
    [BOB.toUpperCase(), 'PrimarySmtpAddress'],
    [ALICE, 'PrincipalName'],
  ] as const) {
    t.equal((await post(envelope(getFolder(), impersonation(wanted, type)))).status, 200);
    t.equal(simulator.exchange.requests.at(-1)?.mailbox, wanted.toLowerCase());
  }
});

t.test("nobody reaches another caller's mailbox", async (t) => {
  const { post, simulator } = await startStack(t);
  for (const header of [
    impersonation(BOB),
    impersonation(`alias.${BOB}`),
    impersonation('S-1-5-21-1', 'SID'),
    // Even her own address: what Exchange makes of it there is not known.
    impersonation(ALICE, 'SID'),
    impersonation(BOB, 'PrincipalName'),
  ]) {
    const { text } = readFault(t, await post(envelope(getFolder(), header)), 'ErrorImpersonateUserDenied');
    t.match(text, /mayImpersonate/, 'the setting is named');
    t.equal(text.includes('use SmtpAddress'), header.includes('<t:SID>'), 'and what may be sent instead');
  }
  t.same(simulator.exchange.requests, [], 'nothing reached Exchange');
});

t.test('old clients name the mailbox by its primary address', async (t) => {
  const { post, simulator } = await startStack(t);
  const used: [string, string][] = [
    ['<t:RequestServerVersion Version="Exchange2007_SP1"/>', 'PrimarySmtpAddress'],
    ['', 'PrimarySmtpAddress'],
    ['<t:RequestServerVersion Version="Exchange2010"/>', 'SmtpAddress'],
  ];
  for (const [header, type] of used) {
    t.equal((await post(envelope(getFolder(), header))).status, 200);
    t.match(simulator.exchange.requests.at(-1)?.body.toString(), `<t:${type}>${ALICE}</t:${type}>`, header);
  }
});

t.test('how the mailbox is named can be configured', async (t) => {
  const { post, simulator } = await startStack(t, { registration: '    connectingSid: PrincipalName' });
  await post(GET_FOLDER);
  t.match(simulator.exchange.requests.at(-1)?.body.toString(), `<t:PrincipalName>${ALICE}</t:PrincipalName>`);
});
