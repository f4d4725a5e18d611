import t, { type Test } from 'tap';
import { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { ALICE, BOB, mail } from '../../support/stack.ts';
import {
  findItem,
  getItem,
  INBOX,
  ITEM_IDS,
  itemIdOf,
  pick,
  startExchange,
  type SimulatedExchange,
} from '../../support/simulated-exchange.ts';

/** An id that was valid once. */
const GONE = new Mailbox(ALICE).add({}, 'drafts').id;
const PDF = Buffer.from('%PDF-1.7 example');

async function withMail(t: Test): Promise<SimulatedExchange & { readonly id: string }> {
  const exchange = await startExchange(t, async ({ exchange: { mailboxes } }) => {
    await mailboxes[0]?.deliver(mail('An invoice', [{ name: 'a.pdf', contentType: 'application/pdf', content: PDF }]));
  });
  return { ...exchange, id: itemIdOf(await exchange.call(findItem())) };
}

function withKey(id: string, changeKey: string): string {
  return `<m:ItemIds><t:ItemId Id="${id}" ChangeKey="${changeKey}"/></m:ItemIds>`;
}

function folder(name: string): string {
  return `<t:DistinguishedFolderId Id="${name}"/>`;
}

function update(id: string, ...changes: readonly string[]): string {
  return (
    '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>' +
    `<t:ItemId Id="${id}"/><t:Updates>${changes.join('')}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
  );
}

function set(field: string, value: string): string {
  return `<t:SetItemField>${field}<t:Message>${value}</t:Message></t:SetItemField>`;
}

t.test('UpdateItem changes what it names, and the change key', async (t) => {
  const { call, id, keepForSchemas } = await withMail(t);
  const before = pick(await call(getItem(id)), /ChangeKey="([^"]+)"/);
  const field =
    '<t:ExtendedFieldURI PropertySetId="c11ff724-aa03-4555-9952-8fa248a11c3e" PropertyName="Imported" ' +
    'PropertyType="String"/>';
  await call(
    update(
      id,
      set('<t:FieldURI FieldURI="message:IsRead"/>', '<t:IsRead>true</t:IsRead>'),
      set('<t:FieldURI FieldURI="item:Subject"/>', '<t:Subject>Booked</t:Subject>'),
      set('<t:FieldURI FieldURI="item:Categories"/>', '<t:Categories><t:String>Done</t:String></t:Categories>'),
      set('<t:FieldURI FieldURI="item:Importance"/>', '<t:Importance>High</t:Importance>'),
      set(field, `<t:ExtendedProperty>${field}<t:Value>yes</t:Value></t:ExtendedProperty>`),
    ),
  );
  const shape = `<t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>${field}</t:AdditionalProperties>`;
  const after = await call(getItem(id, shape));
  t.match(after, /<t:IsRead>true</);
  t.match(after, /<t:Subject>Booked</);
  t.match(after, /<t:String>Done</);
  t.match(after, /<t:Importance>High</);
  t.match(after, /<t:Value>yes</);
  t.not(pick(after, /ChangeKey="([^"]+)"/), before);
  await call(
    update(
      id,
      `<t:DeleteItemField>${field}</t:DeleteItemField>`,
      '<t:DeleteItemField><t:FieldURI FieldURI="item:Categories"/></t:DeleteItemField>',
    ),
  );
  t.notMatch(await call(getItem(id, shape)), /<t:Value>yes<|<t:String>Done</);
  t.match(
    await call(update(id, set('<t:FieldURI FieldURI="item:Size"/>', '<t:Size>1</t:Size>'))),
    /ErrorInvalidPropertySet/,
  );
  t.match(
    await call(update(GONE, set('<t:FieldURI FieldURI="message:IsRead"/>', '<t:IsRead>true</t:IsRead>'))),
    /ErrorItemNotFound/,
  );
  keepForSchemas();
});

t.test('MoveItem gives a new id, CopyItem a second item', async (t) => {
  const { call, id, keepForSchemas } = await withMail(t);
  const move = (item: string): string =>
    `<m:MoveItem><m:ToFolderId>${folder('notes')}</m:ToFolderId>${ITEM_IDS(item)}</m:MoveItem>`;
  const moved = itemIdOf(await call(move(id)));
  t.not(moved, id);
  t.match(await call(getItem(id)), /ErrorItemNotFound/, 'the old id is gone');
  t.match(await call(move(id)), /ErrorItemNotFound/);
  t.match(await call(findItem()), /TotalItemsInView="0"/);
  t.match(await call(findItem(folder('notes'))), /TotalItemsInView="1"/);
  const copied = itemIdOf(
    await call(`<m:CopyItem><m:ToFolderId>${INBOX}</m:ToFolderId>${ITEM_IDS(moved)}</m:CopyItem>`),
  );
  t.match(await call(getItem(copied)), /An invoice/);
  t.match(await call(getItem(moved)), /An invoice/);
  keepForSchemas();
});

t.test('DeleteItem in its three modes', async (t) => {
  const { call, simulator, keepForSchemas } = await withMail(t);
  await simulator.exchange.mailboxes[0]?.deliver(mail('two'));
  await simulator.exchange.mailboxes[0]?.deliver(mail('three'));
  const remove = async (type: string): Promise<string> =>
    call(`<m:DeleteItem DeleteType="${type}">${ITEM_IDS(itemIdOf(await call(findItem())))}</m:DeleteItem>`);
  t.match(await remove('MoveToDeletedItems'), /NoError/);
  t.match(await call(findItem(folder('deleteditems'))), /TotalItemsInView="1"/);
  t.match(await remove('SoftDelete'), /NoError/);
  t.match(await call(findItem(folder('recoverableitemsdeletions'))), /TotalItemsInView="1"/);
  t.match(await remove('HardDelete'), /NoError/);
  t.match(await call(findItem()), /TotalItemsInView="0"/);
  t.equal(simulator.exchange.mailboxes[0]?.items.size, 2, 'only the hard deletion loses the item');
  t.match(await call(`<m:DeleteItem DeleteType="HardDelete">${ITEM_IDS(GONE)}</m:DeleteItem>`), /ErrorItemNotFound/);
  keepForSchemas();
});

t.test('CreateItem saves or sends, and a sent message arrives', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const message =
    '<t:Message><t:Subject>Hello</t:Subject><t:Body BodyType="HTML">&lt;p&gt;Hi&lt;/p&gt;</t:Body>' +
    '<t:Attachments><t:FileAttachment><t:Name>a.pdf</t:Name>' +
    `<t:ContentType>application/pdf</t:ContentType><t:Content>${PDF.toString('base64')}</t:Content>` +
    `</t:FileAttachment></t:Attachments><t:ToRecipients><t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress>` +
    `</t:Mailbox></t:ToRecipients></t:Message>`;
  const create = (disposition: string, what = message): string =>
    `<m:CreateItem MessageDisposition="${disposition}"><m:Items>${what}</m:Items></m:CreateItem>`;
  const draft = itemIdOf(await call(create('SaveOnly')));
  t.match(await call(getItem(draft)), /<t:IsDraft>true</);
  t.match(await call(findItem(INBOX), BOB), /TotalItemsInView="0"/);
  await call(create('SendOnly'));
  t.match(await call(findItem(folder('sentitems'))), /TotalItemsInView="0"/);
  await call(create('SendAndSaveCopy'));
  t.match(await call(findItem(folder('sentitems'))), /TotalItemsInView="1"/);
  const arrived = await call(findItem(INBOX), BOB);
  t.match(arrived, /TotalItemsInView="2"/);
  const received = await call(getItem(itemIdOf(arrived)), BOB);
  t.match(received, new RegExp(`<t:From><t:Mailbox>.*<t:EmailAddress>${ALICE}<`));
  t.match(received, /<t:Name>a\.pdf</);
  const mime = Buffer.from(`From: ${ALICE}\r\nTo: ${BOB}\r\nSubject: As MIME\r\n\r\nText`).toString('base64');
  await call(create('SendOnly', `<t:Message><t:MimeContent>${mime}</t:MimeContent></t:Message>`));
  t.match(await call(findItem(INBOX), BOB), /As MIME/);
  t.match(
    await call(create('SendOnly', '<t:Message><t:Subject>to nobody</t:Subject></t:Message>')),
    /ErrorInvalidRecipients/,
  );
  t.match(await call(create('SaveOnly', '<t:Task/>')), /ErrorInvalidItemForOperationCreateItem/);
  keepForSchemas();
});

t.test('a draft gets an attachment and is sent', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const draft = itemIdOf(
    await call(
      `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>Later</t:Subject>` +
        `<t:ToRecipients><t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress></t:Mailbox></t:ToRecipients>` +
        `</t:Message></m:Items></m:CreateItem>`,
    ),
  );
  const attached = await call(
    `<m:CreateAttachment><m:ParentItemId Id="${draft}"/><m:Attachments><t:FileAttachment>` +
      `<t:Name>b.pdf</t:Name><t:Content>${PDF.toString('base64')}</t:Content></t:FileAttachment></m:Attachments>` +
      `</m:CreateAttachment>`,
  );
  t.equal(pick(attached, /RootItemId="([^"]+)"/), draft);
  const ids = withKey(draft, pick(attached, /RootItemChangeKey="([^"]+)"/));
  t.match(
    await call(
      `<m:SendItem SaveItemToFolder="true">${ids}` +
        `<m:SavedItemFolderId>${folder('sentitems')}</m:SavedItemFolderId></m:SendItem>`,
    ),
    /NoError/,
  );
  t.match(await call(findItem(folder('sentitems'))), /TotalItemsInView="1"/);
  t.match(await call(findItem(folder('drafts'))), /TotalItemsInView="0"/);
  t.match(await call(getItem(itemIdOf(await call(findItem(INBOX), BOB))), BOB), /<t:Name>b\.pdf</);
  t.match(await call(`<m:SendItem SaveItemToFolder="false">${ITEM_IDS(GONE)}</m:SendItem>`), /ErrorItemNotFound/);
  keepForSchemas();
});
