/** The backend goes by what a probe can measure, and each of both answers leads to what EWS does. */
import t, { type Test } from 'tap';
import { ALL_A, type GraphBehaviour } from '../../../src/simulator/graph/behaviour.ts';
import { fileAttachment, recipient } from '../../../src/simulator/mailbox/message.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, BOB, mail, startStack, type Stack } from '../../support/stack.ts';

function stackWith(t: Test, capabilities: object, behaviour: Partial<GraphBehaviour> = {}): Promise<Stack> {
  return startStack(t, {
    backend: 'graph',
    alice: '    operations: all',
    registration: `    graph: { capabilities: ${JSON.stringify(capabilities)} }`,
    prepare: ({ graph }) => (graph.behaviour = { ...ALL_A, ...behaviour }),
  });
}

const deleteFolder = (id: string, type: string): string =>
  envelope(`<m:DeleteFolder DeleteType="${type}"><m:FolderIds><t:FolderId Id="${id}"/></m:FolderIds></m:DeleteFolder>`);

t.test('SoftDelete of a folder leaves it in no folder that is shown, wherever DELETE leaves it', async (t) => {
  for (const [deletedFoldersRecoverable, deletedFolders, deletes] of [
    [true, 'recoverable', 1],
    [false, 'recoverable', 2],
    [false, 'deletedItems', 2],
  ] as const) {
    const stack = await stackWith(t, { deletedFoldersRecoverable }, { deletedFolders });
    const mailbox = mailboxOf(stack);
    const { id } = mailbox.createFolder('msgfolderroot', { displayName: 'Old' });
    t.same(codesOf((await stack.post(deleteFolder(id, 'SoftDelete'))).text), ['NoError']);
    t.equal(mailbox.folders.get(id), undefined);
    t.equal(mailbox.folders.childNamed(mailbox.folders.resolve('deleteditems').id, 'Old'), undefined);
    t.equal(stack.simulator.graph.requests.filter(({ method }) => method === 'DELETE').length, deletes);
  }
});

t.test('MoveToDeletedItems finds a free name there, wherever DELETE leaves folders', async (t) => {
  for (const [deletedFoldersRecoverable, deletedFolders] of [
    [true, 'recoverable'],
    [false, 'deletedItems'],
  ] as const) {
    const stack = await stackWith(t, { deletedFoldersRecoverable }, { deletedFolders });
    const mailbox = mailboxOf(stack);
    const deleted = mailbox.folders.resolve('deleteditems').id;
    mailbox.createFolder(deleted, { displayName: 'Old' });
    const { id } = mailbox.createFolder('msgfolderroot', { displayName: 'Old' });
    t.same(codesOf((await stack.post(deleteFolder(id, 'MoveToDeletedItems'))).text), ['NoError']);
    t.equal(mailbox.folders.children(deleted).length, 2);
  }
});

t.test('SoftDelete of messages ends in the recoverable items, one by one and all of a folder', async (t) => {
  const stack = await stackWith(t, { deletedMessagesRecoverable: false }, { deletedMessages: 'deletedItems' });
  const mailbox = mailboxOf(stack);
  const { id } = await mailbox.deliver(mail('One'));
  await mailbox.deliver(mail('Two'));
  const one = `<m:DeleteItem DeleteType="SoftDelete"><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:DeleteItem>`;
  t.same(codesOf((await stack.post(envelope(one))).text), ['NoError']);
  const all =
    '<m:EmptyFolder DeleteType="SoftDelete" DeleteSubFolders="false"><m:FolderIds>' +
    '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:EmptyFolder>';
  t.same(codesOf((await stack.post(envelope(all))).text), ['NoError']);
  t.equal(mailbox.counts('recoverableitemsdeletions').total, 2);
});

const READ = '<t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead></t:Message>';

function update(id: string, change: string, attributes = ''): string {
  return envelope(
    `<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"${attributes}><m:ItemChanges>` +
      `<t:ItemChange><t:ItemId Id="${id}"/><t:Updates>${change}</t:Updates></t:ItemChange></m:ItemChanges>` +
      '</m:UpdateItem>',
    '<t:RequestServerVersion Version="Exchange2013_SP1"/>',
  );
}

t.test('a read receipt is not sent where the request for it can be taken back', async (t) => {
  const stack = await stackWith(t, { receiptsCanBeWithdrawn: true }, { receiptRequests: 'changeable' });
  const [mailbox, bob] = [mailboxOf(stack), stack.simulator.exchange.mailboxes.find(({ address }) => address === BOB)];
  const asked = async (): Promise<string> => {
    const { id } = await mailbox.deliver({ ...mail('Read me'), from: recipient(BOB), isReadReceiptRequested: true });
    return id;
  };
  const set = `<t:SetItemField>${READ}</t:SetItemField>`;
  t.same(codesOf((await stack.post(update(await asked(), set, ' SuppressReadReceipts="true"'))).text), ['NoError']);
  t.equal(bob?.counts('inbox').total, 0);
  const suppress = `<t:SuppressReadReceipt><t:ReferenceItemId Id="${await asked()}"/></t:SuppressReadReceipt>`;
  const create = envelope(`<m:CreateItem MessageDisposition="SaveOnly"><m:Items>${suppress}</m:Items></m:CreateItem>`);
  t.same(codesOf((await stack.post(create)).text), ['NoError']);
  t.same(codesOf((await stack.post(update(await asked(), set))).text), ['NoError']);
  t.equal(bob?.counts('inbox').total, 1, 'and else it is sent');
});

const SET = '7c7e5e0a-6d5c-4f43-9d2a-0f6b1d8c3a11';

const field = (type: string): string =>
  `<t:ExtendedFieldURI PropertySetId="${SET}" PropertyName="own" PropertyType="${type}"/>`;

t.test('an extended property that cannot be set to null becomes empty, or is refused by name', async (t) => {
  const stack = await stackWith(t, { removableProperties: false }, { nullProperty: 'refused' });
  const { id } = await mailboxOf(stack).deliver(mail('Stamped'));
  const remove = async (type: string): Promise<readonly string[]> =>
    codesOf((await stack.post(update(id, `<t:DeleteItemField>${field(type)}</t:DeleteItemField>`))).text);
  t.same(await remove('String'), ['NoError']);
  t.same(await remove('Integer'), ['ErrorInvalidPropertyDelete']);
});

t.test('extended properties of received mail are refused without asking where that is known', async (t) => {
  const stack = await stackWith(
    t,
    { receivedExtendedProperties: false },
    { mailAdvancedGate: true, gateOnExtendedProperties: true },
  );
  const mailbox = mailboxOf(stack);
  const { id } = await mailbox.deliver({
    ...mail('Stamped'),
    to: [recipient(ALICE)],
    attachments: [fileAttachment('a.txt', 'text/plain', Buffer.from('a'))],
  });
  const property = `<t:ExtendedProperty>${field('String')}<t:Value>x</t:Value></t:ExtendedProperty>`;
  const value = `<t:Message>${property}</t:Message>`;
  const { text } = await stack.post(update(id, `<t:SetItemField>${field('String')}${value}</t:SetItemField>`));
  t.same(codesOf(text), ['ErrorInvalidPropertySet']);
  t.match(text, /Mail-Advanced\.ReadWrite/);
  t.notOk(stack.simulator.graph.requests.some(({ method }) => method === 'PATCH'));
  t.same(codesOf((await stack.post(update(id, `<t:SetItemField>${READ}</t:SetItemField>`))).text), ['NoError']);
});

t.test('lists by date of creation are sorted by the gateway where Graph does not', async (t) => {
  const find = envelope(
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
      '<m:IndexedPageItemView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/><m:SortOrder>' +
      '<t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:DateTimeCreated"/></t:FieldOrder></m:SortOrder>' +
      '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
  );
  for (const [queriesByCreation, creationInQueries] of [
    [true, 'accepted'],
    [false, 'refused'],
  ] as const) {
    const stack = await stackWith(t, { queriesByCreation }, { creationInQueries });
    const mailbox = mailboxOf(stack);
    // Created in this order, and received in the other.
    for (const [subject, created, received] of [
      ['first', 10, 13],
      ['second', 11, 12],
    ] as const)
      mailbox.add(mail(subject), 'inbox', {
        createdAt: new Date(Date.UTC(2026, 10, 24, created)),
        receivedAt: new Date(Date.UTC(2026, 10, 24, received)),
      });
    const { text } = await stack.post(find);
    t.same(codesOf(text), ['NoError']);
    t.same(
      [...text.matchAll(/<t:Subject>(\w+)<\/t:Subject>/g)].map(([, subject]) => subject),
      ['first', 'second'],
    );
    const asked = stack.simulator.graph.requests.some(({ query }) => /orderby=createdDateTime/.test(query));
    t.equal(asked, queriesByCreation);
  }
});
