/** Every operation, where sources disagree on what Graph does: all of A, all of B, and each point flipped alone. */
import t from 'tap';
import { OPERATIONS } from '../../../src/backends/graph/operations/table.ts';
import {
  ALL_A,
  ALL_B,
  BEHAVIOUR_POINTS,
  flipped,
  type GraphBehaviour,
} from '../../../src/simulator/graph/behaviour.ts';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { sample } from '../../support/effort.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, mail, startStack, type Stack } from '../../support/stack.ts';

const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';
const itemShape = (base: string): string => `<m:ItemShape><t:BaseShape>${base}</t:BaseShape></m:ItemShape>`;
const folderShape = '<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>';
const itemIds = (id: string): string => `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds>`;
const to = '<m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>';
const remove = (type: string, id: string): string => `<m:DeleteItem DeleteType="${type}">${itemIds(id)}</m:DeleteItem>`;

interface Things {
  readonly items: readonly string[];
  readonly attachment: string;
  readonly name: string;
}

/** What each operation is asked; one that is not here is tested in its own file. */
const REQUESTS: Readonly<Record<string, (things: Things) => readonly string[]>> = {
  ConvertId: ({ items: [id = ''] }) => [
    `<m:ConvertId DestinationFormat="StoreId"><m:SourceIds><t:AlternateId Format="EwsId" Id="${id}" ` +
      `Mailbox="${ALICE}"/></m:SourceIds></m:ConvertId>`,
  ],
  GetServerTimeZones: () => ['<m:GetServerTimeZones/>'],
  ResolveNames: () =>
    [ALICE, 'bob', 'nobody'].map(
      (name) =>
        `<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>${name}</m:UnresolvedEntry></m:ResolveNames>`,
    ),
  GetFolder: () => [
    `<m:GetFolder>${folderShape}<m:FolderIds>${INBOX}<t:DistinguishedFolderId Id="root"/>` +
      '<t:DistinguishedFolderId Id="recoverableitemsdeletions"/></m:FolderIds></m:GetFolder>',
  ],
  FindFolder: () =>
    ['Shallow', 'Deep'].map(
      (traversal) =>
        `<m:FindFolder Traversal="${traversal}">${folderShape}<m:ParentFolderIds>` +
        '<t:DistinguishedFolderId Id="root"/></m:ParentFolderIds></m:FindFolder>',
    ),
  CreateFolder: ({ name }) =>
    [name, name].map(
      (one) =>
        `<m:CreateFolder><m:ParentFolderId>${INBOX}</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>${one}` +
        '</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>',
    ),
  FindItem: () => [
    `<m:FindItem Traversal="Shallow">${itemShape('AllProperties')}<m:IndexedPageItemView MaxEntriesReturned="2" ` +
      `Offset="0" BasePoint="Beginning"/><m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindItem>`,
  ],
  GetItem: ({ items: [id = ''] }) =>
    ['AllProperties', 'Default'].map((base) => `<m:GetItem>${itemShape(base)}${itemIds(id)}</m:GetItem>`),
  GetAttachment: ({ attachment }) => [
    `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${attachment}"/></m:AttachmentIds></m:GetAttachment>`,
  ],
  UpdateItem: ({ items: [id = ''] }) => [
    '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite" SuppressReadReceipts="true">' +
      `<m:ItemChanges><t:ItemChange><t:ItemId Id="${id}"/><t:Updates><t:SetItemField>` +
      '<t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField>' +
      '<t:SetItemField><t:FieldURI FieldURI="item:Categories"/><t:Message><t:Categories><t:String>Done</t:String>' +
      '</t:Categories></t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>',
  ],
  CopyItem: ({ items: [id = ''] }) => [`<m:CopyItem>${to}${itemIds(id)}</m:CopyItem>`],
  MoveItem: ({ items: [, id = ''] }) => [`<m:MoveItem>${to}${itemIds(id)}</m:MoveItem>`],
  DeleteItem: ({ items: [, , first = '', second = '', third = ''] }) => [
    remove('MoveToDeletedItems', first),
    remove('SoftDelete', second),
    remove('HardDelete', third),
  ],
};

/** Plays all requests, and gives the codes of each operation together with what is left in the Inbox. */
async function play(stack: Stack, name: string): Promise<Record<string, unknown>> {
  const mailbox = mailboxOf(stack);
  mailbox.emptyFolder('inbox', 'hard');
  const items: string[] = [];
  let attachment = '';
  for (let count = 0; count < 6; count++) {
    const file = { name: 'a.txt', contentType: 'text/plain', content: Buffer.from('a') };
    const item = await mailbox.deliver({ ...mail(`item ${count}`, [file]), isReadReceiptRequested: true });
    items.push(item.id);
    attachment = item.attachments[0]?.id ?? '';
  }
  const codes: Record<string, unknown> = {};
  for (const [operation, requests] of Object.entries(REQUESTS)) {
    const answers: string[][] = [];
    for (const request of requests({ items, attachment, name }))
      answers.push(codesOf((await stack.post(envelope(request))).text));
    codes[operation] = answers;
  }
  const [changed] = items;
  codes['left'] = [mailbox.counts('inbox').total, mailbox.item(changed ?? '').isRead];
  codes['categories'] = mailbox.item(changed ?? '').categories;
  return codes;
}

const BEHAVIOURS: readonly (readonly [name: string, GraphBehaviour])[] = [
  ['B', ALL_B],
  ...sample(BEHAVIOUR_POINTS).map((point) => [point, flipped(ALL_A, point)] as const),
];

t.test('every operation answers the same whatever Graph does where sources disagree', async (t) => {
  const stack = await startStack(t, { backend: 'graph' });
  for (const name of Object.keys(REQUESTS)) t.ok(OPERATIONS.has(name), name);
  stack.simulator.graph.behaviour = ALL_A;
  const wanted = await play(stack, 'A');
  t.same(wanted['GetItem'], [['NoError'], ['NoError']]);
  t.same(wanted['left'], [2, true]);
  for (const [name, behaviour] of BEHAVIOURS) {
    stack.simulator.graph.behaviour = behaviour;
    t.same(await play(stack, name), wanted, name);
  }
});
