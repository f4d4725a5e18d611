import t from 'tap';
import { getFolder } from '../../support/envelopes.ts';
import { ALICE, BOB, mail } from '../../support/stack.ts';
import { findItem, getItem, INBOX, itemIdOf, pick, startExchange } from '../../support/simulated-exchange.ts';

const PDF = Buffer.from('%PDF-1.7 example');

t.test('folders are found by name, id and parent', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const inbox = await call(
    `<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>` +
      `<m:FolderIds>${INBOX}<t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>`,
  );
  t.match(inbox, /<t:DisplayName>Inbox<\/t:DisplayName>/);
  const id = pick(inbox, /<t:FolderId Id="([^"]+)"/);
  const byId = await call(
    `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds><t:FolderId ` +
      `Id="${id}"/></m:FolderIds></m:GetFolder>`,
  );
  t.match(byId, /Inbox/);
  const created = await call(
    `<m:CreateFolder><m:ParentFolderId>${INBOX}</m:ParentFolderId><m:Folders><t:Folder>` +
      `<t:DisplayName>Processed</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>`,
  );
  t.match(created, /NoError/);
  t.match(
    await call(
      `<m:CreateFolder><m:ParentFolderId>${INBOX}</m:ParentFolderId><m:Folders><t:Folder>` +
        `<t:DisplayName>processed</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>`,
    ),
    /ErrorFolderExists/,
    'a name can be taken once',
  );
  const restriction =
    '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURIOrConstant>' +
    '<t:Constant Value="Processed"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>';
  const found = await call(
    `<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>` +
      `<m:IndexedPageFolderView MaxEntriesReturned="10" Offset="0" ` +
      `BasePoint="Beginning"/>${restriction}<m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindFolder>`,
  );
  t.match(found, /TotalItemsInView="1"/);
  const deep = await call(
    `<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>` +
      `<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>`,
  );
  t.equal(deep.match(/<t:(?:Folder|CalendarFolder|ContactsFolder|TasksFolder)>/g)?.length, 12);
  t.match(
    await call(
      `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:FolderId ` +
        `Id="AAAA"/></m:FolderIds></m:GetFolder>`,
    ),
    /ErrorInvalidIdMalformed/,
  );
  t.match(
    await call(
      `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>` +
        `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress></t:Mailbox>` +
        `</t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`,
    ),
    /ErrorAccessDenied/,
    "another mailbox's folder",
  );
  keepForSchemas();
});

t.test('items are listed by page, order and restriction', async (t) => {
  const { call, keepForSchemas } = await startExchange(t, async ({ exchange }) => {
    for (const [index, subject] of ['c', 'a', 'b'].entries()) {
      const item = await exchange.mailboxes[0]?.deliver(
        mail(subject, index === 1 ? [{ name: 'a.pdf', contentType: 'application/pdf', content: PDF }] : []),
        'inbox',
        { receivedAt: new Date('2026-01-02T03:04:05Z') },
      );
      if (index === 2 && item !== undefined)
        exchange.mailboxes[0]?.update(item.id, { isRead: true, categories: ['Done'] });
    }
  });
  const subjects = (text: string): string[] => [...text.matchAll(/<t:Subject>(\w+)</g)].map((match) => match[1] ?? '');
  const list = async (more: string): Promise<string[]> => subjects(await call(findItem(INBOX, 'AllProperties', more)));
  const view = '<m:IndexedPageItemView MaxEntriesReturned="2" Offset="0" BasePoint="Beginning"/>';
  const order =
    '<m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:Subject"/></t:FieldOrder></m:SortOrder>';
  const where = (condition: string): string => `<m:Restriction>${condition}</m:Restriction>`;
  const equal = (field: string, value: string, how = 'IsEqualTo'): string =>
    `<t:${how}><t:FieldURI FieldURI="${field}"/><t:FieldURIOrConstant><t:Constant Value="${value}"/>` +
    `</t:FieldURIOrConstant></t:${how}>`;
  t.same(await list(''), ['c', 'a', 'b']);
  t.same(await list(view), ['c', 'a']);
  t.same(await list('<m:IndexedPageItemView MaxEntriesReturned="2" Offset="0" BasePoint="End"/>'), ['a', 'b']);
  t.same(await list(order), ['a', 'b', 'c']);
  t.same(await list(order.replace('Ascending', 'Descending')), ['c', 'b', 'a']);
  t.same(await list(where(equal('message:IsRead', 'false'))), ['c', 'a']);
  t.same(
    await list(where(`<t:And>${equal('message:IsRead', 'false')}${equal('item:HasAttachments', 'true')}</t:And>`)),
    ['a'],
  );
  t.same(await list(where(`<t:Or>${equal('item:Subject', 'a')}${equal('item:Subject', 'b')}</t:Or>`)), ['a', 'b']);
  t.same(await list(where(`<t:Not>${equal('item:Subject', 'a')}</t:Not>`)), ['c', 'b']);
  t.same(await list(where(equal('item:Subject', 'a', 'IsGreaterThan'))), ['c', 'b']);
  t.same(await list(where(equal('item:Subject', 'a', 'IsNotEqualTo'))), ['c', 'b']);
  t.same(await list(where(equal('item:DateTimeReceived', '2000-01-01T00:00:00Z', 'IsGreaterThanOrEqualTo'))), [
    'c',
    'a',
    'b',
  ]);
  t.same(await list(where('<t:Exists><t:FieldURI FieldURI="item:Subject"/></t:Exists>')), ['c', 'a', 'b']);
  t.same(
    await list(
      where(
        '<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase"><t:FieldURI ' +
          'FieldURI="item:Subject"/><t:Constant Value="B"/></t:Contains>',
      ),
    ),
    ['b'],
  );
  keepForSchemas();
});

t.test('an item is given whole: properties, body, MIME, attachments', async (t) => {
  const { call, keepForSchemas } = await startExchange(t, async ({ exchange }) => {
    await exchange.mailboxes[0]?.deliver(
      mail('An invoice', [{ name: 'Rechnung ä.pdf', contentType: 'application/pdf', content: PDF }]),
    );
  });
  const id = itemIdOf(await call(findItem()));
  const item = await call(
    getItem(
      id,
      '<t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>' +
        '<t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/><t:ExtendedFieldURI PropertyTag="0x0E07" ' +
        'PropertyType="Integer"/></t:AdditionalProperties>',
    ),
  );
  t.match(item, /<t:Subject>An invoice</);
  t.match(
    Buffer.from(pick(item, /<t:MimeContent[^>]*>([^<]+)</), 'base64').toString(),
    /^From: sender@fabrikam\.test/m,
  );
  t.match(item, /<t:Name>Rechnung ä\.pdf</);
  t.match(item, new RegExp(`<t:EmailAddress>${ALICE}</t:EmailAddress>`));
  t.match(item, /PropertyTag="0xe07" PropertyType="Integer"\/><t:Value>18</);
  const attachment = pick(item, /<t:AttachmentId Id="([^"]+)"/);
  const content = await call(
    `<m:GetAttachment><m:AttachmentShape/><m:AttachmentIds><t:AttachmentId Id="${attachment}"/>` +
      `</m:AttachmentIds></m:GetAttachment>`,
  );
  t.same(Buffer.from(pick(content, /<t:Content>([^<]+)</), 'base64'), PDF);
  t.match(await call(getItem('AAAA')), /ErrorInvalidIdMalformed/);
  t.match(
    await call('<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="AAAA"/></m:AttachmentIds></m:GetAttachment>'),
    /ErrorInvalidIdMalformed/,
  );
  keepForSchemas();
});

t.test('names, ids and time zones', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  t.match(
    await call(
      '<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>bob</m:UnresolvedEntry></m:ResolveNames>',
    ),
    new RegExp(`<t:EmailAddress>${BOB}<`),
  );
  t.match(
    await call(
      '<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>nobody</m:UnresolvedEntry></m:ResolveNames>',
    ),
    /ErrorNameResolutionNoResults/,
  );
  const inbox = await call(getFolder());
  const id = pick(inbox, /<t:FolderId Id="([^"]+)"/);
  const convert = async (from: string, to: string, source: string): Promise<string> =>
    call(
      `<m:ConvertId DestinationFormat="${to}"><m:SourceIds><t:AlternateId Format="${from}" Id="${source}" ` +
        'Mailbox="someone@contoso.test"/></m:SourceIds></m:ConvertId>',
    );
  for (const format of ['EntryId', 'HexEntryId', 'OwaId', 'StoreId']) {
    const there = await convert('EwsId', format, id);
    t.match(there, new RegExp(`Format="${format}" Id="[^"]+" Mailbox="${ALICE}"`), 'the mailbox is the real one');
    const back = await convert(format, 'EwsId', pick(there, /Id="([^"]+)" Mailbox/));
    t.equal(pick(back, /Id="([^"]+)" Mailbox/), id, `${format} and back`);
  }
  t.match(await convert('EwsId', 'EntryId', 'AAMk'), /ErrorInvalidIdMalformed/);
  t.match(await convert('EwsId', 'EntryId', ''), /ErrorInvalidIdEmpty/);
  const zones = await call(
    '<m:GetServerTimeZones ReturnFullTimeZoneData="true"><m:Ids><t:Id>W. Europe Standard Time</t:Id></m:Ids>' +
      '</m:GetServerTimeZones>',
  );
  t.match(zones, /Id="W\. Europe Standard Time"/);
  t.notMatch(zones, /Eastern/);
  t.match(await call('<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>'), /Id="Eastern Standard Time"/);
  keepForSchemas();
});
