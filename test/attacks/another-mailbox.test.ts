/**
 * Alice tries by every means to read, change or send as Bob. Nothing of it may be executed for Bob. Every place that
 * names a mailbox is tried in callers/every-place-is-judged.test.ts.
 */
import t, { type Test } from 'tap';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { ALICE, basic, BOB, send, startStack, type Stack } from '../support/stack.ts';

const subscribe = envelope(
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/>' +
    '</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>' +
    '</m:StreamingSubscriptionRequest></m:Subscribe>',
);
const folderOf = (address: string, element = 'DistinguishedFolderId'): string =>
  `<m:FolderIds><t:${element} Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress>` +
  `</t:Mailbox></t:${element}></m:FolderIds>`;
const getFolderOf = (address: string): string =>
  `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>${folderOf(address)}</m:GetFolder>`;

/** Asserts that whatever reached Exchange was impersonating Alice only, and named no other mailbox. */
function nothingForBob(t: Test, { simulator }: Stack): void {
  for (const { mailbox, body, operation } of simulator.exchange.requests) {
    t.equal(mailbox, ALICE, `${operation} was executed for Alice`);
    t.notMatch(body.toString(), BOB);
  }
}

t.test('by an ExchangeImpersonation of her own', async (t) => {
  const stack = await startStack(t, { alice: '    operations: all' });
  for (const type of ['SmtpAddress', 'PrimarySmtpAddress', 'PrincipalName'])
    readFault(t, await stack.post(envelope(getFolder(), impersonation(BOB, type))), 'ErrorImpersonateUserDenied');
  readFault(
    t,
    await stack.post(envelope(getFolder(), impersonation('S-1-5-21-1', 'SID'))),
    'ErrorImpersonateUserDenied',
  );
  readFault(
    t,
    await stack.post(envelope(getFolder(), impersonation(ALICE) + impersonation(BOB))),
    'ErrorMoreThanOneAccessModeSpecified',
  );
  readFault(
    t,
    await stack.post(envelope(getFolder(), `<t:TimeZoneContext>${impersonation(BOB)}</t:TimeZoneContext>`)),
    'ErrorInvalidExchangeImpersonationHeaderData',
  );
  nothingForBob(t, stack);
});

t.test('by naming his mailbox in a folder id', async (t) => {
  const stack = await startStack(t, { alice: '    operations: all' });
  for (const element of ['DistinguishedFolderId', 'FolderId']) {
    const { text } = readFault(
      t,
      await stack.post(
        envelope(`<m:FindItem>${folderOf(BOB, element).replaceAll('m:FolderIds', 'm:ParentFolderIds')}</m:FindItem>`),
      ),
      'ErrorAccessDenied',
    );
    t.match(text, /may not open mailbox 'bob@contoso\.test'.*mayImpersonate/);
  }
  readFault(t, await stack.post(envelope(getFolderOf(BOB.replace('@', '&#x40;')))), 'ErrorAccessDenied');
  readFault(
    t,
    await stack.post(envelope(getFolderOf(`${BOB.slice(0, 5)}<!-- -->${BOB.slice(5)}`))),
    'ErrorAccessDenied',
  );
  const utf16 = Buffer.from(`\ufeff${envelope(getFolderOf(BOB)).replace(' encoding="utf-8"', '')}`, 'utf16le');
  readFault(t, await stack.post(utf16, { 'content-type': 'text/xml; charset=utf-16' }), 'ErrorAccessDenied');
  t.same(stack.simulator.exchange.requests, []);
  t.equal((await stack.post(envelope(getFolderOf(ALICE.toUpperCase())))).status, 200, 'her own may be named');
});

t.test('by operations that name a mailbox directly', async (t) => {
  const stack = await startStack(t, {
    alice: '    operations: [all, GetDelegate, AddDelegate, UpdateInboxRules, SetUserOofSettings, GetUserOofSettings]',
  });
  for (const body of [
    `<m:GetDelegate IncludePermissions="true"><m:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress>` +
      `</m:Mailbox></m:GetDelegate>`,
    `<m:GetInboxRules><m:MailboxSmtpAddress>${BOB}</m:MailboxSmtpAddress></m:GetInboxRules>`,
    `<m:UpdateInboxRules><m:MailboxSmtpAddress>${BOB}</m:MailboxSmtpAddress></m:UpdateInboxRules>`,
    `<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>${BOB}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>`,
  ]) {
    readFault(t, await stack.post(envelope(body)), 'ErrorAccessDenied');
  }
  t.same(stack.simulator.exchange.requests, []);
});

t.test('by a second operation behind a harmless one', async (t) => {
  const stack = await startStack(t);
  const second = `<m:DeleteItem DeleteType="HardDelete"><m:ItemIds/></m:DeleteItem>`;
  for (const body of [
    envelope(getFolder() + second),
    GET_FOLDER.replace('</soap:Body>', `</soap:Body><soap:Body>${second}</soap:Body>`),
    GET_FOLDER.replace('</soap:Body>', `</soap:Body><soap:Header>${impersonation(BOB)}</soap:Header>`),
    GET_FOLDER.replace(/<soap:Header>.*<\/soap:Header>/, '').replace(
      '</soap:Body>',
      `</soap:Body><soap:Header>${impersonation(BOB)}</soap:Header>`,
    ),
  ]) {
    readFault(t, await stack.post(body), 'ErrorSchemaValidation');
  }
  t.same(stack.simulator.exchange.requests, []);
});

t.test('by what a large request says only at its end', async (t) => {
  const stack = await startStack(t, { alice: '    operations: all' });
  const filler = `<t:Subject>${'x'.repeat(3_000_000)}</t:Subject>`;
  for (const body of [
    envelope(`<m:CreateItem><m:Items><t:Message>${filler}</t:Message></m:Items></m:CreateItem><m:DeleteFolder/>`),
    envelope(`<m:CreateItem><m:Items><t:Message>${filler}</t:Message></m:Items>${folderOf(BOB)}</m:CreateItem>`),
  ]) {
    t.match((await stack.post(body)).text, /ErrorSchemaValidation|ErrorAccessDenied/);
  }
  t.same(stack.simulator.exchange.requests, [], 'Exchange never got a whole request');
});

t.test('by his subscription', async (t) => {
  const stack = await startStack(t);
  const bobs = (await send(stack.url, subscribe, { 'authorization': basic(BOB), 'accept-encoding': 'gzip,deflate' }))
    .text;
  const id = /SubscriptionId>([^<]+)</.exec(bobs)?.[1] ?? '';
  const uses = [
    `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId>` +
      `</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>`,
    `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>x</m:Watermark></m:GetEvents>`,
    `<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`,
  ];
  for (const use of uses) readFault(t, await stack.post(envelope(use)), 'ErrorSubscriptionNotFound');
  t.equal(stack.simulator.exchange.requests.length, 1, 'his own Subscribe was all that Exchange saw');
  const own = await send(stack.url, envelope(uses[2] ?? ''), { authorization: basic(BOB) });
  t.match(own.text, /ResponseClass="Success"/, 'he himself can end it');
});

t.test('by HTTP headers', async (t) => {
  const stack = await startStack(t);
  await stack.post(GET_FOLDER, {
    'x-anchormailbox': BOB,
    'x-owa-explicitlogonuser': BOB,
    'x-forwarded-for': '10.0.0.1',
    'x-user-identity': BOB,
    'x-commonaccesstoken': 'x',
  });
  const headers = stack.simulator.exchange.requests[0]?.headers ?? {};
  t.equal(headers['x-anchormailbox'], ALICE);
  t.notMatch(JSON.stringify(headers), /bob@|commonaccess|explicitlogon|forwarded/i);
  nothingForBob(t, stack);
});
