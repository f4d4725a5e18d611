import t from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail, startStack } from '../../support/stack.ts';

const getFolder = (id: string): string =>
  envelope(
    `<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape><m:FolderIds>${id}` +
      '</m:FolderIds></m:GetFolder>',
  );

for (const [name, element] of [
  ['calendar', 'CalendarFolder'],
  ['contacts', 'ContactsFolder'],
] as const) {
  const distinguished = `<t:DistinguishedFolderId Id="${name}"/>`;

  t.test(`${name} can be opened, by name and by the id that was given, and grants nothing`, async (t) => {
    const { post, simulator } = await startStack(t, { backend: 'graph' });
    const { text } = await post(getFolder(distinguished));
    t.same(codesOf(text), ['NoError']);
    t.match(text, new RegExp(`<t:${element}>.*<t:Read>false</t:Read>`, 's'));
    const id = /<t:FolderId Id="([^"]+)"/.exec(text)?.[1] ?? '';
    t.equal((await post(getFolder(`<t:FolderId Id="${id}"/>`))).text, text);
    t.notOk(simulator.graph.requests.some(({ path }) => path.includes(name)));
  });

  t.test(`${name} is refused for everything else`, async (t) => {
    const stack = await startStack(t, { backend: 'graph' });
    const item = await mailboxOf(stack).deliver(mail('stays'));
    for (const [operation, body] of [
      [
        'FindItem',
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
          `<m:ParentFolderIds>${distinguished}</m:ParentFolderIds></m:FindItem>`,
      ],
      [
        'FindFolder',
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
          `<m:ParentFolderIds>${distinguished}</m:ParentFolderIds></m:FindFolder>`,
      ],
      [
        'MoveItem',
        `<m:MoveItem><m:ToFolderId>${distinguished}</m:ToFolderId><m:ItemIds><t:ItemId Id="${item.id}"/>` +
          '</m:ItemIds></m:MoveItem>',
      ],
      [
        'CreateFolder',
        `<m:CreateFolder><m:ParentFolderId>${distinguished}</m:ParentFolderId><m:Folders><t:Folder>` +
          '<t:DisplayName>below</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>',
      ],
    ] as const)
      t.same(codesOf((await stack.post(envelope(body))).text), ['ErrorAccessDenied'], operation);
  });
}

t.test('they are in no list of folders', async (t) => {
  const { post } = await startStack(t, { backend: 'graph' });
  const { text } = await post(
    envelope(
      '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>' +
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="root"/></m:ParentFolderIds></m:FindFolder>',
    ),
  );
  t.match(text, /Inbox/);
  t.notMatch(text, /Calendar|Contacts/);
});
