import t from 'tap';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, mail } from '../../support/stack.ts';

const update = (id: string, key: string, updates: string, resolution = 'AlwaysOverwrite', more = ''): string =>
  envelope(
    `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="${resolution}"${more}><m:ItemChanges>` +
      `<t:ItemChange><t:ItemId Id="${id}"${key === '' ? '' : ` ChangeKey="${key}"`}/>` +
      `<t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
  );
const set = (uri: string, value: string): string =>
  `<t:SetItemField><t:FieldURI FieldURI="${uri}"/><t:Message>${value}</t:Message></t:SetItemField>`;
const clear = (uri: string): string => `<t:DeleteItemField><t:FieldURI FieldURI="${uri}"/></t:DeleteItemField>`;
const read = '<t:IsRead>true</t:IsRead>';
const FIELD =
  '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Imported" PropertyType="String"/>';

t.test('a change succeeds or is refused with the code of Exchange', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const changes: readonly (readonly [name: string, updates: string, resolution?: string, key?: string])[] = [
    ['read', set('message:IsRead', read)],
    ['categories', set('item:Categories', '<t:Categories><t:String>Red</t:String></t:Categories>')],
    ['no categories', clear('item:Categories')],
    ['importance', set('item:Importance', '<t:Importance>High</t:Importance>')],
    ['flag', set('item:Flag', '<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>')],
    ['read-only', set('item:Size', '<t:Size>3</t:Size>')],
    ['delete of read-only', clear('item:Size')],
    ['delete of a flag', clear('message:IsRead')],
    ['delete of a class', clear('item:ItemClass')],
    ['unknown', set('item:Nonsense', '<t:Nonsense/>')],
    ['another value', set('message:IsRead', '<t:Subject>x</t:Subject>')],
    ['no key', set('message:IsRead', read), 'AutoResolve'],
    ['no key of its kind', set('message:IsRead', read), 'AutoResolve', 'rubbish'],
    ['old key', set('message:IsRead', read), 'NeverOverwrite', 'old'],
    ['old key, resolved', set('message:IsRead', read), 'AutoResolve', 'old'],
    [
      'extended',
      `<t:SetItemField>${FIELD}<t:Message><t:ExtendedProperty>${FIELD}<t:Value>yes</t:Value></t:ExtendedProperty>` +
        '</t:Message></t:SetItemField>',
    ],
    ['no extended', `<t:DeleteItemField>${FIELD}</t:DeleteItemField>`],
  ];
  for (const [name, updates, resolution, key = ''] of changes) {
    const [first, second] = [await mailbox.deliver(mail(name)), await mailbox.deliver(mail(name))];
    for (const { id } of [first, second]) mailbox.update(id, { categories: ['Before'] });
    const keyOf = ({ changeKey }: typeof first): string => (key === 'old' ? changeKey : key);
    const direct = await ews(update(first.id, keyOf(first), updates, resolution));
    const through = await graph.post(update(second.id, keyOf(second), updates, resolution));
    t.ok(codesOf(direct.text).length > 0);
    t.same(codesOf(through.text), codesOf(direct.text), name);
    const [one, other] = [mailbox.item(first.id), mailbox.item(second.id)];
    for (const member of ['isRead', 'categories', 'importance', 'flag', 'itemClass'] as const)
      t.same(other[member], one[member], `${member} after ${name}`);
  }
});

t.test('Subject of received mail is refused by Graph, and nothing has changed', async (t) => {
  const { graph, mailbox } = await startDifferential(t);
  const { id } = await mailbox.deliver(mail('as it came'));
  const { text } = await graph.post(update(id, '', set('item:Subject', '<t:Subject>other</t:Subject>')));
  t.same(codesOf(text), ['ErrorInvalidPropertySet']);
  t.match(text, /Mail-Advanced\.ReadWrite/);
  t.equal(mailbox.item(id).subject, 'as it came');
});

t.test('what is wrong with a target folder is the error of each part', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const { id } = await mailbox.deliver(mail('item'));
  const gone = mailbox.copy(id, 'inbox').id;
  mailbox.delete(gone, 'hard');
  const ids = `<m:ItemIds><t:ItemId Id="${id}"/><t:ItemId Id="${gone}"/><t:ItemId Id="${id}"/></m:ItemIds>`;
  for (const request of [
    `<m:MoveItem><m:ToFolderId><t:FolderId Id="${id}"/></m:ToFolderId>${ids}</m:MoveItem>`,
    `<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>${ids}</m:CopyItem>`,
    `<m:CreateFolder><m:ParentFolderId><t:FolderId Id="${id}"/></m:ParentFolderId><m:Folders>` +
      '<t:Folder><t:DisplayName>Processed</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>',
    '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>' +
      `<m:ParentFolderIds><t:FolderId Id="rubbish"/><t:FolderId Id="${id}"/></m:ParentFolderIds></m:FindFolder>`,
    '<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry></m:UnresolvedEntry></m:ResolveNames>',
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>' +
      `<t:AlternateId Format="EwsId" Id="DUMMY" Mailbox="DUMMY"/><t:AlternateId Format="EwsId" Id="${id}" ` +
      `Mailbox="${ALICE}"/></m:SourceIds></m:ConvertId>`,
  ]) {
    const [direct, through] = [await ews(envelope(request)), await graph.post(envelope(request))];
    t.equal(through.status, direct.status);
    t.ok(codesOf(direct.text).length > 0);
    t.same(codesOf(through.text), codesOf(direct.text), request.slice(0, 20));
  }
});
