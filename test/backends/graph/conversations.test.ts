import t from 'tap';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { codesOf, startDifferential, withoutKnown } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, BOB } from '../../support/stack.ts';

const find = (folder: string, more = ''): string =>
  envelope(
    '<m:FindConversation><m:IndexedPageItemView MaxEntriesReturned="2" Offset="0" BasePoint="Beginning"/>' +
      `<m:ParentFolderId><t:DistinguishedFolderId Id="${folder}"/></m:ParentFolderId>${more}</m:FindConversation>`,
  );
const items = (id: string, more = '', shape = 'IdOnly'): string =>
  envelope(
    `<m:GetConversationItems><m:ItemShape><t:BaseShape>${shape}</t:BaseShape><t:AdditionalProperties>` +
      '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="item:Body"/></t:AdditionalProperties></m:ItemShape>' +
      `${more}<m:Conversations><t:Conversation><t:ConversationId Id="${id}"/></t:Conversation></m:Conversations>` +
      '</m:GetConversationItems>',
  );
const KNOWN = [
  [/<t:SyncState>[^<]*<\/t:SyncState>/g, 'Graph has no state of a conversation'],
  [/<t:MailboxType>[^<]*<\/t:MailboxType>/g, 'Graph does not tell'],
  [/<m:MessageText>[^<]*<\/m:MessageText>/g, 'the words are those of either service'],
] as const;

t.test('conversations are put together as Exchange does', async (t) => {
  const { ews, graph, mailbox } = await startDifferential(t, { alice: '    operations: mail' });
  const deliver = (subject: string, minute: number, more: object = {}) =>
    mailbox.deliver(
      { from: recipient(BOB, 'Bob'), to: [recipient(ALICE)], subject, bodyText: 'text', ...more },
      'inbox',
      { receivedAt: new Date(Date.UTC(2026, 10, 2, 10, minute)) },
    );
  const first = await deliver('Question', 1, { internetMessageId: '<q@contoso.test>' });
  await deliver('Other', 2);
  await deliver('RE: Question', 3, {
    inReplyTo: '<q@contoso.test>',
    references: '<q@contoso.test>',
    conversationIndex: Buffer.concat([first.conversationIndex, Buffer.alloc(5)]),
    internetMessageId: '<a@contoso.test>',
  });
  await deliver('Third', 4);
  const id = first.conversationId;
  const moved = mailbox.copy(first.id, 'deleteditems');
  for (const [name, request] of [
    ['the first page', find('inbox')],
    ['an empty folder', find('drafts')],
    ['no folder', find('conflicts')],
    ['items', items(id)],
    ['items with all properties', items(id, '', 'Default')],
    ['newest first', items(id, '<m:SortOrder>TreeOrderDescending</m:SortOrder>')],
    [
      'without a folder',
      items(id, '<m:FoldersToIgnore><t:DistinguishedFolderId Id="deleteditems"/></m:FoldersToIgnore>'),
    ],
    ['one of them', items(id, '<m:MaxItemsToReturn>1</m:MaxItemsToReturn>')],
  ] as const) {
    const [direct, through] = [await ews(request), await graph.post(request)];
    t.ok(codesOf(direct.text).length > 0, name);
    t.same(withoutKnown(through.text, KNOWN), withoutKnown(direct.text, KNOWN), name);
  }
  for (const wrong of ['AAAA', moved.id])
    t.same(codesOf((await graph.post(items(wrong))).text), ['ErrorInvalidIdMalformed']);
  const searched = await graph.post(find('inbox', '<m:QueryString>subject:x</m:QueryString>'));
  t.same(codesOf(searched.text), ['ErrorInvalidOperation']);
});
