/**
 * Alice tries by every means to reach Bob's mail where Microsoft Graph answers: the app may open every mailbox, and the
 * address in the path is all that keeps them apart.
 */
import t, { type Test } from 'tap';
import { toGraphAlphabet } from '../../src/ews/ids/alphabet.ts';
import { envelope, getFolder, impersonation } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { basic, BOB, mail, send, startStack, type Stack } from '../support/stack.ts';

interface Bobs {
  readonly item: string;
  readonly folder: string;
  readonly attachment: string;
  readonly conversation: string;
}

const idIn = (text: string, element: string): string => new RegExp(`<t:${element} Id="([^"]+)"`).exec(text)?.[1] ?? '';

async function withBobsIds(t: Test, alice = '    operations: all'): Promise<{ stack: Stack; bobs: Bobs }> {
  const stack = await startStack(t, { backend: 'graph', alice });
  const [own, foreign] = stack.simulator.exchange.mailboxes;
  await own?.deliver(mail('Hers'));
  await foreign?.deliver(mail('His', [{ name: 'a.pdf', contentType: 'application/pdf', content: Buffer.from('x') }]));
  const ask = async (body: string): Promise<string> =>
    (await send(stack.url, envelope(body), { authorization: basic(BOB) })).text;
  const found = await ask(
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ParentFolderIds>' +
      '<t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
  );
  const item = idIn(found, 'ItemId');
  const got = await ask(
    `<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId ` +
      `Id="${item}"/>` +
      '</m:ItemIds></m:GetItem>',
  );
  const bobs = {
    item,
    folder: idIn(await ask(getFolder()), 'FolderId'),
    attachment: idIn(got, 'AttachmentId'),
    conversation: idIn(got, 'ConversationId'),
  };
  for (const [what, id] of Object.entries(bobs)) t.not(id, '', what);
  stack.simulator.graph.requests.length = 0;
  return { stack, bobs };
}

/** Asserts that Graph was asked for nothing but Alice's mailbox. */
function nothingForBob(t: Test, { simulator }: Stack): void {
  for (const { method, path, query, body } of simulator.graph.requests) {
    t.match(path, /^\/users\/alice(?:@|%40)contoso\.test(?:\/|$)|^\/users$|^\/\$batch$/, `${method} ${path}`);
    t.notMatch(decodeURIComponent(`${path}?${query}`), BOB);
    t.notMatch(body?.toString() ?? '', BOB);
  }
  const [, bob] = simulator.exchange.mailboxes;
  t.match(bob?.counts('inbox'), { total: 1, unread: 1 }, 'his mail is as it was');
}

/** What would write to his mailbox, or answer his mail. */
function writingTo({ item, folder, attachment, conversation }: Bobs): string[] {
  const items = `<m:ItemIds><t:ItemId Id="${item}" ChangeKey="CQAAABYAAABK4UfANE/UR5clSilZtIuWAAC1vdti"/></m:ItemIds>`;
  const folders = `<m:FolderIds><t:FolderId Id="${folder}"/></m:FolderIds>`;
  const saved = `<m:SavedItemFolderId><t:FolderId Id="${folder}"/></m:SavedItemFolderId>`;
  const own = '<m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>';
  const create = (disposition: string, inner: string, more = ''): string =>
    `<m:CreateItem MessageDisposition="${disposition}">${more}<m:Items>${inner}</m:Items></m:CreateItem>`;
  const answer = (kind: string): string =>
    `<t:${kind}><t:ToRecipients><t:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress></t:Mailbox>` +
    `</t:ToRecipients><t:ReferenceItemId Id="${item}"/></t:${kind}>`;
  const message = '<t:Message><t:Subject>x</t:Subject></t:Message>';
  return [
    create('SaveOnly', message, saved),
    create('SendAndSaveCopy', message, saved),
    ...['ReplyToItem', 'ReplyAllToItem', 'ForwardItem'].map((kind) => create('SendOnly', answer(kind))),
    create('SaveOnly', `<t:SuppressReadReceipt><t:ReferenceItemId Id="${item}"/></t:SuppressReadReceipt>`),
    `<m:SendItem SaveItemToFolder="false">${items}</m:SendItem>`,
    `<m:CreateAttachment><m:ParentItemId Id="${item}"/><m:Attachments><t:FileAttachment><t:Name>x</t:Name>` +
      '<t:Content>eA==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>',
    `<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="${attachment}"/></m:AttachmentIds></m:DeleteAttachment>`,
    `<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id="${folder}"/><t:Updates><t:SetFolderField>` +
      '<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>x</t:DisplayName></t:Folder>' +
      '</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>',
    `<m:MoveFolder>${own}${folders}</m:MoveFolder>`,
    `<m:CopyFolder>${own}${folders}</m:CopyFolder>`,
    `<m:DeleteFolder DeleteType="HardDelete">${folders}</m:DeleteFolder>`,
    `<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="true">${folders}</m:EmptyFolder>`,
    `<m:CreateFolderPath><m:ParentFolderId><t:FolderId Id="${folder}"/></m:ParentFolderId><m:RelativeFolderPath>` +
      '<t:Folder><t:DisplayName>x</t:DisplayName></t:Folder></m:RelativeFolderPath></m:CreateFolderPath>',
    '<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag><m:SuppressReadReceipts>true</m:SuppressReadReceipts>' +
      `${folders}</m:MarkAllItemsAsRead>`,
    `<m:MarkAsJunk IsJunk="true" MoveItem="true">${items}</m:MarkAsJunk>`,
    '<m:GetConversationItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Conversations>' +
      `<t:Conversation><t:ConversationId Id="${conversation}"/></t:Conversation></m:Conversations>` +
      '</m:GetConversationItems>',
    `<m:FindConversation><m:ParentFolderId><t:FolderId Id="${folder}"/></m:ParentFolderId></m:FindConversation>`,
  ];
}

t.test('by the ids of his items, folders and attachments', async (t) => {
  const { stack, bobs } = await withBobsIds(t);
  const items = `<m:ItemIds><t:ItemId Id="${bobs.item}"/></m:ItemIds>`;
  const shape = '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>';
  const inbox = '<m:ToFolderId><t:DistinguishedFolderId Id="inbox"/></m:ToFolderId>';
  const change =
    `<m:ItemChanges><t:ItemChange><t:ItemId Id="${bobs.item}"/><t:Updates><t:SetItemField>` +
    '<t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField>' +
    '</t:Updates></t:ItemChange></m:ItemChanges>';
  for (const body of [
    `<m:GetItem>${shape}${items}</m:GetItem>`,
    `<m:MoveItem>${inbox}${items}</m:MoveItem>`,
    `<m:CopyItem>${inbox}${items}</m:CopyItem>`,
    `<m:DeleteItem DeleteType="HardDelete">${items}</m:DeleteItem>`,
    `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite">${change}</m:UpdateItem>`,
    `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${bobs.attachment}"/></m:AttachmentIds></m:GetAttachment>`,
    `<m:FindItem Traversal="Shallow">${shape}<m:ParentFolderIds><t:FolderId Id="${bobs.folder}"/></m:ParentFolderIds>` +
      '</m:FindItem>',
    '<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>' +
      `<t:FolderId Id="${bobs.folder}"/></m:FolderIds></m:GetFolder>`,
    ...writingTo(bobs),
    `<m:SyncFolderItems>${shape}<m:SyncFolderId><t:FolderId Id="${bobs.folder}"/></m:SyncFolderId>` +
      '<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>',
    '<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
      `<m:SyncFolderId><t:FolderId Id="${bobs.folder}"/></m:SyncFolderId></m:SyncFolderHierarchy>`,
    `<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:FolderId Id="${bobs.folder}"/></t:FolderIds>` +
      '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>1</t:Timeout></m:PullSubscriptionRequest>' +
      '</m:Subscribe>',
  ]) {
    const { text } = await stack.post(envelope(body));
    const operation = /<m:(\w+)/.exec(body)?.[1] ?? '';
    t.match(text, /ResponseCode>Error\w+</, operation);
    t.notMatch(text, /ResponseClass="Success"/, operation);
  }
  const asked = JSON.stringify(stack.simulator.graph.requests.map(({ path, body }) => [path, body?.toString()]));
  for (const id of Object.values(bobs)) t.notOk(asked.includes(toGraphAlphabet(id)), 'refused before Graph is asked');
  nothingForBob(t, stack);
});

t.test('by her own mail moved or copied to his folder', async (t) => {
  const { stack, bobs } = await withBobsIds(t);
  const { text } = await stack.post(
    envelope(
      '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
    ),
  );
  for (const operation of ['MoveItem', 'CopyItem']) {
    const answer = await stack.post(
      envelope(
        `<m:${operation}><m:ToFolderId><t:FolderId Id="${bobs.folder}"/></m:ToFolderId><m:ItemIds>` +
          `<t:ItemId Id="${idIn(text, 'ItemId')}"/></m:ItemIds></m:${operation}>`,
      ),
    );
    t.notMatch(answer.text, /ResponseClass="Success"/, operation);
  }
  nothingForBob(t, stack);
});

t.test('by his address', async (t) => {
  const { stack } = await withBobsIds(t);
  readFault(t, await stack.post(envelope(getFolder(), impersonation(BOB))), 'ErrorImpersonateUserDenied');
  const folder =
    `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress>` +
    `</t:Mailbox></t:DistinguishedFolderId>`;
  readFault(
    t,
    await stack.post(envelope(getFolder().replace('<t:DistinguishedFolderId Id="inbox"/>', folder))),
    'ErrorAccessDenied',
  );
  t.same(stack.simulator.graph.requests, [], 'refused before Graph is asked');
});

t.test('by ids that are paths', async (t) => {
  const { stack, bobs } = await withBobsIds(t);
  for (const id of [
    `../../${BOB}/messages/${bobs.item}`,
    `..%2F..%2F${encodeURIComponent(BOB)}%2Fmessages%2F${bobs.item}`,
    `${bobs.item}/../../../${BOB}/mailFolders`,
    `${bobs.item}?$expand=x`,
    `${bobs.item}#x`,
    `inbox/../../${BOB}`,
    '.',
    '..',
    '%2e%2e',
    ' ',
    'A'.repeat(100_000),
  ]) {
    for (const body of [
      `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId ` +
        `Id="${id}"/></m:ItemIds></m:GetItem>`,
      `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:FolderId ` +
        `Id="${id}"/></m:FolderIds></m:GetFolder>`,
      `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>` +
        `<t:DistinguishedFolderId Id="${id}"/></m:FolderIds></m:GetFolder>`,
      `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:GetAttachment>`,
    ])
      t.notMatch((await stack.post(envelope(body))).text, /ResponseClass="Success"/, id.slice(0, 60));
  }
  nothingForBob(t, stack);
});

t.test('by text that is a filter', async (t) => {
  const { stack } = await withBobsIds(t);
  for (const text of [
    "x' or 1 eq 1 or subject eq 'x",
    "x')/messages?$filter=(",
    `x&$expand=/users/${BOB}`,
    '"',
    '\\',
  ]) {
    const value = text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    const { text: answer } = await stack.post(
      envelope(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Restriction>' +
          `<t:IsEqualTo><t:FieldURI FieldURI="item:Subject"/><t:FieldURIOrConstant><t:Constant Value="${value}"/>` +
          '</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds>' +
          '<t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
      ),
    );
    t.match(answer, /TotalItemsInView="0"/, text);
    const names = await stack.post(
      envelope(
        `<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>${value}</m:UnresolvedEntry>` +
          `</m:ResolveNames>`,
      ),
    );
    t.match(names.text, /ErrorNameResolutionNoResults/, text);
  }
  for (const { method, path } of stack.simulator.graph.requests)
    t.match(path, /^\/\$batch$|^\/users(?:\/alice(?:@|%40)contoso\.test(?:\/|$)|$)/, `${method} ${path}`);
});

t.test('and what he may be opened for is opened', async (t) => {
  const { stack, bobs } = await withBobsIds(t, `    operations: all\n    mayImpersonate: [${BOB}]`);
  const { text } = await stack.post(
    envelope(
      `<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId ` +
        `Id="${bobs.item}"/></m:ItemIds></m:GetItem>`,
    ),
  );
  t.match(text, /<t:Subject>His</);
});
