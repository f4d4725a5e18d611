import t from 'tap';
import { findItem, getItem, INBOX, itemIdOf, pick, startExchange } from '../../support/simulated-exchange.ts';
import { ALICE, BOB, mail } from '../../support/stack.ts';

const PDF = { name: 'a.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF') };
const create = (element: string, disposition = 'SendOnly'): string =>
  `<m:CreateItem MessageDisposition="${disposition}"><m:Items>${element}</m:Items></m:CreateItem>`;
const body = '<t:NewBodyContent BodyType="Text">Thanks</t:NewBodyContent>';
const reference = (id: string): string => `<t:ReferenceItemId Id="${id}"/>`;

t.test('a message is replied to and forwarded', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const original = { ...mail('Hello', [PDF]), from: { name: '', address: BOB } };
  await simulator.exchange.mailboxes[0]?.deliver(original);
  const id = itemIdOf(await call(findItem()));
  t.match(
    await call(create(`<t:ReplyToItem>${reference(id)}${body}</t:ReplyToItem>`)),
    /NoError<\/m:ResponseCode><m:Items\/>/,
  );
  const reply = await call(getItem(itemIdOf(await call(findItem(), BOB))), BOB);
  t.match(reply, /<t:Subject>RE: Hello</);
  t.match(reply, /Thanks/);
  t.match(reply, /<t:InReplyTo>&lt;/);
  const to = `<t:ToRecipients><t:Mailbox><t:EmailAddress>${BOB}</t:EmailAddress></t:Mailbox></t:ToRecipients>`;
  const draft = await call(create(`<t:ForwardItem>${to}${reference(id)}${body}</t:ForwardItem>`, 'SaveOnly'));
  const forward = await call(getItem(itemIdOf(draft)));
  t.match(forward, /<t:Subject>FW: Hello</);
  t.match(forward, /<t:Name>a\.pdf</, 'with its attachments');
  t.match(forward, /<t:IsDraft>true</);
  t.match(
    await call(create(`<t:ReplyToItem>${reference(itemIdOf(draft))}</t:ReplyToItem>`)),
    /ErrorInvalidReferenceItem/,
  );
  keepForSchemas();
});

t.test('a read receipt is suppressed once', async (t) => {
  const { call, simulator, keepForSchemas } = await startExchange(t);
  const item = await simulator.exchange.mailboxes[0]?.deliver({ ...mail('Hello'), isReadReceiptRequested: true });
  const suppress = create(`<t:SuppressReadReceipt>${reference(item?.id ?? '')}</t:SuppressReadReceipt>`, 'SaveOnly');
  t.match(await call(getItem(item?.id ?? '')), /<t:SuppressReadReceipt\/>/);
  t.match(await call(suppress), /NoError/);
  t.match(await call(suppress), /ErrorReadReceiptNotPending/);
  keepForSchemas();
});

t.test('items are attached in items, and attachments come and go', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const inner =
    '<t:ItemAttachment><t:Name>in</t:Name><t:Message><t:Subject>Inner</t:Subject></t:Message></t:ItemAttachment>';
  const outer =
    '<t:ItemAttachment><t:Name>out</t:Name><t:Message><t:Subject>Outer</t:Subject>' +
    `<t:Attachments>${inner}</t:Attachments></t:Message></t:ItemAttachment>`;
  const created = await call(create(`<t:Message><t:Attachments>${outer}</t:Attachments></t:Message>`, 'SaveOnly'));
  const get = (id: string): string =>
    `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:GetAttachment>`;
  const first = await call(get(pick(created, /<t:AttachmentId Id="([^"]+)"/)));
  t.match(first, /<t:ItemAttachment>.*<t:Subject>Outer</);
  const nested = await call(get(pick(first, /<t:Message>.*<t:AttachmentId Id="([^"]+)"/)));
  t.match(nested, /<t:Subject>Inner</);
  const added = await call(
    `<m:CreateAttachment><m:ParentItemId Id="${itemIdOf(created)}"/><m:Attachments><t:FileAttachment>` +
      '<t:Name>f</t:Name><t:Content/></t:FileAttachment></m:Attachments></m:CreateAttachment>',
  );
  const id = pick(added, /<t:AttachmentId Id="([^"]+)"/);
  const key = pick(added, /RootItemChangeKey="([^"]+)"/);
  const ids = `<m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds>`;
  const remove = `<m:DeleteAttachment>${ids}</m:DeleteAttachment>`;
  const removed = await call(remove);
  t.equal(pick(removed, /RootItemId="([^"]+)"/), itemIdOf(created));
  t.not(pick(removed, /RootItemChangeKey="([^"]+)"/), key);
  t.match(await call(get(id)), /ErrorInvalidAttachmentId/);
  t.match(await call(findItem(INBOX), ALICE), /TotalItemsInView="0"/);
  keepForSchemas();
});
