import t from 'tap';
import { ALICE, BOB } from '../../support/stack.ts';
import { findItem, getItem, INBOX, itemIdOf, pick, startExchange } from '../../support/simulated-exchange.ts';

const SHAPE = '<t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>';

t.test('Bcc recipients get the message, and only the sender sees them', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  const mailbox = (address: string): string => `<t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>`;
  await call(
    '<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:Message><t:Subject>Hello</t:Subject>' +
      `<t:ToRecipients>${mailbox(ALICE)}</t:ToRecipients><t:BccRecipients>${mailbox(BOB)}</t:BccRecipients>` +
      '</t:Message></m:Items></m:CreateItem>',
  );
  const sent = itemIdOf(await call(findItem('<t:DistinguishedFolderId Id="sentitems"/>')));
  const copy = await call(getItem(sent, SHAPE));
  t.match(copy, new RegExp(`<t:BccRecipients><t:Mailbox>.*<t:EmailAddress>${BOB}<`));
  t.notMatch(copy, /<t:CcRecipients>/);
  const received = await call(getItem(itemIdOf(await call(findItem(INBOX), BOB)), SHAPE), BOB);
  t.match(received, /<t:Subject>Hello</);
  t.notMatch(received, /<t:(?:Bcc|Cc)Recipients>/);
  t.notMatch(Buffer.from(pick(received, /<t:MimeContent[^>]*>([^<]+)</), 'base64').toString(), new RegExp(BOB, 'i'));
  keepForSchemas();
});
