import t from 'tap';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { recipient } from '../../../src/simulator/mailbox/message.ts';
import { codesOf, startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE } from '../../support/stack.ts';

const FIELD =
  '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Imported" PropertyType="String"/>';
const target = (id: string): string => `<m:ToFolderId>${folder(id)}</m:ToFolderId>`;
const folder = (id: string): string =>
  /^[a-z]+$/.test(id) ? `<t:DistinguishedFolderId Id="${id}"/>` : `<t:FolderId Id="${id}"/>`;
const folders = (...ids: readonly string[]): string => `<m:FolderIds>${ids.map(folder).join('')}</m:FolderIds>`;
const move = (name: string, to: string, ...ids: readonly string[]): string =>
  `<m:${name}>${target(to)}${folders(...ids)}</m:${name}>`;
const remove = (type: string, ...ids: readonly string[]): string =>
  `<m:DeleteFolder DeleteType="${type}">${folders(...ids)}</m:DeleteFolder>`;
const empty = (type: string, below: boolean, ...ids: readonly string[]): string =>
  `<m:EmptyFolder DeleteType="${type}" DeleteSubFolders="${below}">${folders(...ids)}</m:EmptyFolder>`;
const update = (id: string, updates: string): string =>
  `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${folder(id)}<t:Updates>${updates}</t:Updates>` +
  '</t:FolderChange></m:FolderChanges></m:UpdateFolder>';
const set = (uri: string, value: string): string =>
  `<t:SetFolderField><t:FieldURI FieldURI="${uri}"/><t:Folder>${value}</t:Folder></t:SetFolderField>`;
const path = (parent: string, ...names: readonly string[]): string =>
  `<m:CreateFolderPath><m:ParentFolderId>${folder(parent)}</m:ParentFolderId><m:RelativeFolderPath>` +
  names.map((name) => `<t:Folder><t:DisplayName>${name}</t:DisplayName></t:Folder>`).join('') +
  '</m:RelativeFolderPath></m:CreateFolderPath>';
const mark = (isRead: boolean, ...ids: readonly string[]): string =>
  `<m:MarkAllItemsAsRead><m:ReadFlag>${isRead}</m:ReadFlag><m:SuppressReadReceipts>false</m:SuppressReadReceipts>` +
  `${folders(...ids)}</m:MarkAllItemsAsRead>`;
const junk = (isJunk: boolean, moves: boolean, id: string): string =>
  `<m:MarkAsJunk IsJunk="${isJunk}" MoveItem="${moves}"><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:MarkAsJunk>`;

/** The tree of folders with what is in them, names in place of ids. */
function tree(mailbox: Mailbox, at = 'root'): object {
  const { id, displayName, wellKnownName, extended } = mailbox.folders.resolve(at);
  return {
    name: wellKnownName ?? displayName,
    imported: extended.get({ type: 'String', set: '00020329-0000-0000-c000-000000000046', name: 'Imported' }),
    items: mailbox.items
      .list(id)
      .map(({ subject, isRead }) => `${subject} ${isRead}`)
      .toSorted(),
    below: mailbox.folders.children(id).map((one) => tree(mailbox, one.id)),
  };
}

interface Place {
  readonly own: string;
  readonly inner: string;
  readonly item: string;
}

/** One folder with another in it, both with mail; and one of the same name in Deleted Items. */
async function prepare(mailbox: Mailbox): Promise<Place> {
  const own = mailbox.createFolder('inbox', { displayName: 'Own' }).id;
  const inner = mailbox.createFolder(own, { displayName: 'Inner' }).id;
  mailbox.createFolder('msgfolderroot', { displayName: 'Taken' });
  const mail = (subject: string) => ({ from: recipient('x@y.test'), to: [recipient(ALICE)], subject });
  for (const at of [own, inner]) for (const subject of ['one', 'two']) await mailbox.deliver(mail(subject), at);
  const { id: item } = await mailbox.deliver(mail('unread'), 'inbox');
  await mailbox.deliver(mail('read'), 'inbox', { isRead: true });
  return { own, inner, item };
}

const CASES: readonly (readonly [name: string, request: (place: Place) => string])[] = [
  ['rename', ({ own }) => update(own, set('folder:DisplayName', '<t:DisplayName>New</t:DisplayName>'))],
  [
    'rename to one that is there',
    ({ own }) => update(own, set('folder:DisplayName', '<t:DisplayName>Own</t:DisplayName>')),
  ],
  ['rename of the Inbox', () => update('inbox', set('folder:DisplayName', '<t:DisplayName>New</t:DisplayName>'))],
  [
    'extended property',
    ({ own }) =>
      update(
        own,
        `<t:SetFolderField>${FIELD}<t:Folder><t:ExtendedProperty>${FIELD}<t:Value>yes</t:Value></t:ExtendedProperty>` +
          '</t:Folder></t:SetFolderField>',
      ),
  ],
  ['read-only', ({ own }) => update(own, set('folder:TotalCount', '<t:TotalCount>3</t:TotalCount>'))],
  ['another value', ({ own }) => update(own, set('folder:DisplayName', '<t:FolderClass>x</t:FolderClass>'))],
  ['another class', ({ own }) => update(own, set('folder:FolderClass', '<t:FolderClass>IPF.Task</t:FolderClass>'))],
  [
    'append',
    ({ own }) =>
      update(
        own,
        '<t:AppendToFolderField><t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>x</t:DisplayName>' +
          '</t:Folder></t:AppendToFolderField>',
      ),
  ],
  ['update of nothing', () => update('conflicts', set('folder:DisplayName', '<t:DisplayName>New</t:DisplayName>'))],
  ['move', ({ own }) => move('MoveFolder', 'msgfolderroot', own)],
  ['move to where it is', ({ own }) => move('MoveFolder', 'inbox', own)],
  ['move into itself', ({ own, inner }) => move('MoveFolder', inner, own)],
  ['move of the Inbox', () => move('MoveFolder', 'drafts', 'inbox')],
  ['move to nowhere', ({ own }) => move('MoveFolder', 'conflicts', own)],
  ['move of two', ({ own, inner }) => move('MoveFolder', 'drafts', own, 'conflicts', inner)],
  ['copy', ({ own }) => move('CopyFolder', 'drafts', own)],
  ['copy to where one is', ({ own }) => move('CopyFolder', 'inbox', own)],
  ['delete', ({ own }) => remove('MoveToDeletedItems', own)],
  ['delete twice', ({ own }) => remove('MoveToDeletedItems', own, own)],
  ['delete for good', ({ own }) => remove('HardDelete', own)],
  ['delete the Inbox', () => remove('SoftDelete', 'inbox')],
  ['delete nothing', () => remove('SoftDelete', 'conflicts')],
  ['empty', ({ own }) => empty('MoveToDeletedItems', false, own)],
  ['empty with folders', ({ own }) => empty('MoveToDeletedItems', true, own)],
  ['empty softly', ({ own }) => empty('SoftDelete', false, own)],
  ['empty the Inbox', () => empty('MoveToDeletedItems', true, 'inbox')],
  ['empty the root', () => empty('SoftDelete', false, 'root')],
  ['a path', ({ own }) => path(own, 'A', 'B', 'C')],
  ['a path that is there in part', () => path('inbox', 'own', 'Inner', 'New')],
  ['a path below nothing', () => path('conflicts', 'A', 'B')],
  ['read', ({ own }) => mark(true, own, 'inbox', 'conflicts')],
  ['unread', () => mark(false, 'inbox')],
  ['junk', ({ item }) => junk(true, true, item)],
  ['junk that stays', ({ item }) => junk(true, false, item)],
  ['no junk', ({ item }) => junk(false, true, item)],
  ['junk of nothing', () => junk(true, true, 'AAAA')],
];

t.test('folders change as in Exchange', async (t) => {
  const { ews, graph } = await startDifferential(t, { alice: '    operations: mail' });
  const all = graph.simulator.exchange.mailboxes;
  const alice = all.find(({ address }) => address === ALICE);
  if (alice === undefined) throw new Error('no mailbox');
  for (const [name, request] of CASES) {
    const outcomes: object[] = [];
    for (const post of [ews, graph.post]) {
      const place = await prepare(alice);
      const { text } = await post(envelope(request(place)));
      outcomes.push({
        codes: codesOf(text),
        ids: (text.match(/<t:FolderId |<m:MovedItemId /g) ?? []).length,
        tree: tree(alice),
      });
      clear(alice);
    }
    t.ok(JSON.stringify(outcomes[0]).includes('"codes":["'), name);
    t.same(outcomes[1], outcomes[0], name);
  }
});

/** As it was before: the folders that every mailbox has, without mail. */
function clear(mailbox: Mailbox): void {
  const sweep = (id: string): void => {
    for (const item of mailbox.items.list(id)) mailbox.delete(item.id, 'hard');
    for (const child of mailbox.folders.children(id)) {
      if (child.wellKnownName === undefined) mailbox.deleteFolder(child.id, 'hard');
      else sweep(child.id);
    }
  };
  sweep(mailbox.folders.resolve('root').id);
}

t.test('a folder of many messages is emptied, over broken connections and a message that resists', async (t) => {
  const { graph } = await startDifferential(t, { alice: '    operations: mail' });
  const alice = graph.simulator.exchange.mailboxes.find(({ address }) => address === ALICE);
  if (alice === undefined) throw new Error('no mailbox');
  for (let index = 0; index < 130; index++) alice.add({ subject: String(index) }, 'inbox');
  graph.simulator.graph.script.add({ operation: 'POST /$batch', cut: 'midway' });
  graph.simulator.graph.script.add({
    operation: 'DELETE /users/{user}/messages/{message}',
    status: 403,
    body: '{"error":{"code":"ErrorCannotDeleteObject","message":"No."}}',
    headers: { 'content-type': 'application/json' },
  });
  const { text } = await graph.post(envelope(empty('SoftDelete', false, 'inbox')));
  t.same(codesOf(text), ['ErrorCannotDeleteObject']);
  t.equal(alice.counts('inbox').total, 1, 'all others are gone');
  const again = await graph.post(envelope(empty('SoftDelete', false, 'inbox')));
  t.same(codesOf(again.text), ['NoError']);
  t.equal(alice.counts('inbox').total, 0);
});

t.test('UpdateFolder calls a folder that is gone an item', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t, { alice: '    operations: mail' });
  const { id } = mailbox.createFolder('inbox', { displayName: 'Gone' });
  mailbox.deleteFolder(id, 'hard');
  const request = envelope(update(id, set('folder:DisplayName', '<t:DisplayName>Back</t:DisplayName>')));
  t.same(codesOf((await ews(request)).text), ['ErrorItemNotFound']);
  t.same(codesOf((await graph.post(request)).text), ['ErrorItemNotFound']);
});
