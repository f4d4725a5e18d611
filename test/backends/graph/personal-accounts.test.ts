import t, { type Test } from 'tap';
import { personalMailboxGuid } from '../../../src/simulator/graph/personal-accounts.ts';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { askWhoIsFree, zone } from '../../support/availability.ts';
import { envelope, GET_FOLDER, getFolder } from '../../support/envelopes.ts';
import { signIn } from '../../support/sign-in.ts';
import { ALICE, BOB, CLIENT, mail, startStack, TENANT, type Stack, type StackOptions } from '../../support/stack.ts';

const OPTIONS: StackOptions = {
  backend: 'graph',
  tenant: 'consumers',
  registration: '    flow: delegated',
  alice: '    operations: all',
};

/** Alice's account is a personal one, and so is her mailbox. */
async function signedIn(t: Test): Promise<Stack & { readonly mailbox: Mailbox }> {
  const mailbox = new Mailbox(ALICE, { guid: personalMailboxGuid('40001a2b3c4d') });
  const stack = await startStack(t, {
    ...OPTIONS,
    prepare: ({ entra, exchange }) => {
      entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [], publicClient: true, accounts: 'personal' }];
      exchange.mailboxes.splice(0, 1, mailbox);
    },
  });
  await signIn(t, stack, ALICE);
  // A gateway remembers for half a minute that nobody had signed in; a new configuration looks again.
  stack.writeConfig({ ...OPTIONS, registration: `${OPTIONS.registration}\n    userAgent: New/1` });
  await stack.reload();
  return { ...stack, mailbox };
}

const FIND = envelope(
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
);

function deleteItem(id: string, type: string): string {
  return envelope(`<m:DeleteItem DeleteType="${type}"><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:DeleteItem>`);
}

t.test('an Outlook.com account signs in with a device code, and its mailbox is read, marked and emptied', async (t) => {
  const stack = await signedIn(t);
  const { mailbox, simulator } = stack;
  await mailbox.add(mail('Invoice'), 'inbox');
  await mailbox.add(mail('Order'), 'inbox');
  t.match((await stack.post(GET_FOLDER)).text, /<t:TotalCount>2</);
  const ids = [...(await stack.post(FIND)).text.matchAll(/<t:ItemId Id="([^"]+)"/g)].map(([, id]) => id ?? '');
  t.equal(ids.length, 2);
  t.ok(
    ids.every((id) => id.startsWith('AQMk')),
    'in the compressed form of ids',
  );
  t.match((await stack.post(deleteItem(ids[0] ?? '', 'SoftDelete'))).text, /NoError/);
  t.match((await stack.post(deleteItem(ids[1] ?? '', 'HardDelete'))).text, /NoError/);
  t.equal(mailbox.counts('recoverableitemsdeletions').total, 1, 'where DELETE would not have put it');
  t.equal(mailbox.counts('deleteditems').total, 0);
  t.equal(mailbox.counts('inbox').total, 0);
  const { requests } = simulator.graph;
  t.ok(requests.every(({ path }) => path === '/$batch' || path.startsWith('/me/')));
  t.ok(
    requests.every((one) => one.isBatchStep || one.headers['authorization']?.startsWith('Bearer EwB') === true),
    'its token is opaque',
  );
});

t.test('it has no directory and no free and busy times: nobody is asked for them', async (t) => {
  const stack = await signedIn(t);
  t.match((await stack.post(GET_FOLDER)).text, /NoError/);
  const before = stack.simulator.graph.requests.length;
  const resolve = (name: string): string =>
    envelope(
      `<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>${name}</m:UnresolvedEntry></m:ResolveNames>`,
    );
  t.match((await stack.post(resolve(ALICE))).text, /NoError/);
  t.match((await stack.post(resolve('Somebody'))).text, /ErrorNameResolutionNoResults/);
  const expand = `<m:ExpandDL><m:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress></m:Mailbox></m:ExpandDL>`;
  t.match((await stack.post(envelope(expand))).text, /ErrorNameResolutionNoResults/);
  const free = await stack.post(
    askWhoIsFree([ALICE], zone(0), '2026-11-30T08:00:00', '2026-11-30T12:00:00', 'FreeBusy'),
  );
  t.match(free.text, /personal accounts have none to ask for[^]*ErrorInvalidOperation/);
  t.equal(stack.simulator.graph.requests.length, before);
});

t.test('rules, automatic replies and MailTips are as those of others', async (t) => {
  const stack = await signedIn(t);
  const { settings } = stack.simulator.graph;
  settings.automaticReplies.set(ALICE, { status: 'alwaysEnabled', internalReplyMessage: 'away' });
  const mailbox = `<t:Mailbox><t:Address>${ALICE}</t:Address></t:Mailbox>`;
  const oof = `<m:GetUserOofSettingsRequest>${mailbox}</m:GetUserOofSettingsRequest>`;
  t.match((await stack.post(envelope(oof))).text, /<t:OofState>Enabled</);
  t.match(
    (
      await stack.post(
        envelope(`<m:GetInboxRules><m:MailboxSmtpAddress>${ALICE}</m:MailboxSmtpAddress></m:GetInboxRules>`),
      )
    ).text,
    /NoError/,
  );
  const archive = await stack.post(envelope(getFolder('archivemsgfolderroot')));
  t.match(archive.text, /ErrorFolderNotFound/, 'an archive mailbox there is none');
});

t.test('what cannot be with personal accounts is refused in the configuration', async (t) => {
  const stack = await startStack(t);
  const cases: readonly (readonly [StackOptions, RegExp])[] = [
    [{ tenant: 'consumers', registration: '    flow: delegated' }, /no EWS any more: they need backend: graph/],
    [{ tenant: 'consumers', backend: 'auto', registration: '    flow: delegated' }, /they need backend: graph/],
    [{ tenant: 'consumers', backend: 'graph' }, /need flow: delegated/],
    [{ ...OPTIONS, alice: '    backend: ews' }, /graph is all they have/],
    [{ ...OPTIONS, registration: '    flow: delegated\n    shadow: graph' }, /no EWS to compare with/],
  ];
  for (const [options, message] of cases) {
    stack.writeConfig(options);
    await t.rejects(stack.reload(), { message });
  }
});

t.test('an app for organizations is told why it cannot be used', async (t) => {
  const stack = await startStack(t, {
    ...OPTIONS,
    prepare: ({ entra }) =>
      (entra.apps = [
        { tenantId: TENANT, clientId: CLIENT, secrets: [], publicClient: true, accounts: 'organizations' },
      ]),
  });
  const { text } = await stack.post(GET_FOLDER);
  t.match(text, /ews-gateway sign-in alice@contoso\.test/);
});
