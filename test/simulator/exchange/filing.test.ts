import t from 'tap';
import { findItem, INBOX, ITEM_IDS, pick, startExchange } from '../../support/simulated-exchange.ts';
import { ALICE, mail } from '../../support/stack.ts';

const named = (name: string): string => `<t:DistinguishedFolderId Id="${name}"/>`;
const folder = (name: string): string => `<t:Folder><t:DisplayName>${name}</t:DisplayName></t:Folder>`;
const ids = (list: string): string => `<m:FolderIds>${list}</m:FolderIds>`;

t.test('folders are made, renamed, moved, copied, emptied and deleted', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const code = async (operation: string): Promise<string> => pick(await call(operation), /ResponseCode>(\w+)</);
  const path = await call(
    `<m:CreateFolderPath><m:ParentFolderId>${INBOX}</m:ParentFolderId>` +
      `<m:RelativeFolderPath>${folder('2026')}${folder('Paid')}</m:RelativeFolderPath></m:CreateFolderPath>`,
  );
  const [year = '', paid = ''] = [...path.matchAll(/<t:FolderId Id="([^"]+)"/g)].map(
    ([, id]) => `<t:FolderId Id="${id}"/>`,
  );
  const change = (id: string, field: string, value: string): string =>
    `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${id}<t:Updates><t:SetFolderField><t:FieldURI ` +
    `FieldURI="${field}"/>` +
    `<t:Folder>${value}</t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`;
  const rename = '<t:DisplayName>Booked</t:DisplayName>';
  t.equal(await code(change(paid, 'folder:DisplayName', rename)), 'NoError');
  t.equal(await code(change(INBOX, 'folder:DisplayName', rename)), 'ErrorAccessDenied');
  t.equal(await code(change(paid, 'folder:FolderClass', '<t:FolderClass>X</t:FolderClass>')), 'ErrorObjectTypeChanged');
  const target = (name: string): string => `<m:ToFolderId>${name}</m:ToFolderId>`;
  t.equal(await code(`<m:CopyFolder>${target(INBOX)}${ids(paid)}</m:CopyFolder>`), 'NoError');
  t.equal(await code(`<m:MoveFolder>${target(INBOX)}${ids(paid)}</m:MoveFolder>`), 'ErrorFolderExists');
  t.equal(await code(`<m:MoveFolder>${target(paid)}${ids(year)}</m:MoveFolder>`), 'ErrorMoveCopyFailed');
  t.equal(await code(`<m:MoveFolder>${target(paid)}${ids(INBOX)}</m:MoveFolder>`), 'ErrorMoveDistinguishedFolder');
  const empty = (what: string): string =>
    `<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="true">${ids(what)}</m:EmptyFolder>`;
  t.equal(await code(empty(year)), 'NoError');
  t.equal(await code(empty(named('calendar'))), 'ErrorCannotEmptyFolder');
  const remove = (what: string): string => `<m:DeleteFolder DeleteType="HardDelete">${ids(what)}</m:DeleteFolder>`;
  t.equal(await code(remove(INBOX)), 'ErrorDeleteDistinguishedFolder');
  t.equal(await code(remove(year)), 'NoError');
  t.equal(await code(remove(year)), 'ErrorFolderNotFound');
  const gone = `<m:MoveItem>${target(year)}${ITEM_IDS('AAAA')}</m:MoveItem>`;
  t.equal(await code(gone), 'ErrorToFolderNotFound');
  keepForSchemas();
});

t.test('whole folders are marked as read, and junk is moved', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const mailbox = simulator.exchange.mailboxes[0];
  const item = await mailbox?.deliver(mail('one'));
  const mark =
    '<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag><m:SuppressReadReceipts>true</m:SuppressReadReceipts>' +
    `${ids(INBOX)}</m:MarkAllItemsAsRead>`;
  t.match(await call(mark), /NoError/);
  t.equal(mailbox?.counts('inbox').unread, 0);
  const junk = await call(`<m:MarkAsJunk IsJunk="true" MoveItem="true">${ITEM_IDS(item?.id ?? '')}</m:MarkAsJunk>`);
  t.equal(
    mailbox?.items.get(pick(junk, /MovedItemId Id="([^"]+)"/))?.folderId,
    mailbox?.folders.resolve('junkemail').id,
  );
  keepForSchemas();
});

t.test('helpers of mail programs answer', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const item = await simulator.exchange.mailboxes[0]?.deliver(mail('one'));
  const mailbox = `<t:Mailbox><t:Address>${ALICE}</t:Address></t:Mailbox>`;
  t.match(await call(`<m:GetUserOofSettingsRequest>${mailbox}</m:GetUserOofSettingsRequest>`), /<m:AllowExternalOof>/);
  t.match(await call('<m:GetInboxRules/>'), /<m:GetInboxRulesResponse ResponseClass="Success"/);
  const tips =
    `<m:GetMailTips><m:SendingAs><t:EmailAddress>${ALICE}</t:EmailAddress></m:SendingAs><m:Recipients><t:Mailbox>` +
    '<t:EmailAddress>nobody@contoso.test</t:EmailAddress></t:Mailbox></m:Recipients>' +
    '<m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>';
  t.match(await call(tips), /<t:InvalidRecipient>true</);
  const configuration =
    '<m:GetServiceConfiguration><m:RequestedConfiguration><m:ConfigurationName>MailTips</m:ConfigurationName>' +
    '</m:RequestedConfiguration></m:GetServiceConfiguration>';
  t.match(await call(configuration), /<t:MailTipsEnabled>true</);
  const several =
    '<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>alias</m:UnresolvedEntry></m:ResolveNames>';
  t.match(await call(several), /ResponseClass="Warning".*ErrorNameResolutionMultipleResults.*TotalItemsInView="2"/);
  const found = await call(`<m:FindConversation><m:ParentFolderId>${INBOX}</m:ParentFolderId></m:FindConversation>`);
  const conversation = pick(found, /<t:ConversationId Id="([^"]+)"/);
  t.equal(conversation, item?.conversationId);
  const items = await call(
    '<m:GetConversationItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Conversations>' +
      `<t:Conversation><t:ConversationId Id="${conversation}"/></t:Conversation></m:Conversations>` +
      `</m:GetConversationItems>`,
  );
  t.ok(items.includes(item?.id ?? '-'));
  const zone = '<m:GetServerTimeZones><m:Ids><t:Id>W. Europe Standard Time</t:Id></m:Ids></m:GetServerTimeZones>';
  t.match(await call(zone), /<t:RecurringDayTransition>/);
  t.match(await call(findItem()), /TotalItemsInView="1"/);
  keepForSchemas();
});
