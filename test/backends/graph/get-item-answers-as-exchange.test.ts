import t from 'tap';
import { ITEM_PROPERTIES } from '../../../src/ews/properties/elements.ts';
import { fileAttachment, newMessage, recipient } from '../../../src/simulator/mailbox/message.ts';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { startDifferential, withoutKnown, type KnownDifference } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail } from '../../support/stack.ts';

const element = (name: string): RegExp => new RegExp(`<t:${name}(?:/>|[ >][\\s\\S]*?</t:${name}>)`, 'g');

/** What Graph cannot answer as Exchange does. */
const KNOWN: readonly KnownDifference[] = [
  [element('MailboxType'), 'Graph gives a name and an address only'],
  [element('WebClientEditFormQueryString'), 'Graph has one link, and gives it for drafts'],
  [/(?:&#xD;)?\n?(?=<\/t:UniqueBody>)/g, 'made of HTML, which is all that Graph gives, it ends with a line break'],
  [element('InstanceKey'), 'the key of a row in a table, which Graph has none of'],
  [element('StoreEntryId'), 'the simulated Exchange gives none'],
  [element('ReminderDueBy'), 'these messages have none, so it is the time of the answer'],
  [element('IsClutter'), 'the simulated Exchange gives none'],
  [/(?<=<t:Name>[^<]*<\/t:Name>(?:<t:Content\w+>[^<]*<\/t:Content\w+>)*)<t:Size>\d+<\/t:Size>/g, 'with overhead'],
];

const getItem = (ids: readonly string[], base: string, more = ''): string =>
  `<m:GetItem><m:ItemShape><t:BaseShape>${base}</t:BaseShape>${more}</m:ItemShape>` +
  `<m:ItemIds>${ids.map((id) => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`;
const version = (name: string): string => `<t:RequestServerVersion Version="${name}"/>`;
const named = (path: string): string => `<t:AdditionalProperties>${path}</t:AdditionalProperties>`;

/** A plain message, one with everything, and one with an image in its text and a message attached. */
async function deliver(mailbox: Mailbox): Promise<string[]> {
  const plain = await mailbox.deliver({ ...mail(`Plain ${'x'.repeat(300)}`), bodyText: 'plain text & more' });
  const full = await mailbox.deliver({
    ...mail('Full', [{ name: 'a.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF') }]),
    bodyHtml: '<html><body><script>x()</script><b>bold</b> text</body></html>',
    bodyText: undefined,
    cc: [recipient('cc@fabrikam.test', 'Carl & Co')],
    replyTo: [recipient('reply@fabrikam.test')],
    sender: recipient('assistant@fabrikam.test', 'Assistant'),
    importance: 'high',
    sensitivity: 'private',
    isReadReceiptRequested: true,
    isDeliveryReceiptRequested: true,
    internetMessageId: '<1@fabrikam.test>',
    inReplyTo: '<0@fabrikam.test>',
    references: '<0@fabrikam.test>',
  });
  const inner = newMessage({ subject: 'Inner', bodyText: 'inner', from: recipient('i@fabrikam.test') });
  const nested = await mailbox.deliver({
    ...mail('Nested'),
    attachments: [
      fileAttachment('logo.png', 'image/png', Buffer.from('png'), { contentId: 'logo@fabrikam', isInline: true }),
      {
        kind: 'item',
        name: 'Inner',
        contentType: 'message/rfc822',
        contentId: undefined,
        contentLocation: undefined,
        isInline: false,
        item: inner,
      },
    ],
  });
  return [plain, full, nested].map(({ id }) => id);
}

t.test('GetItem through Graph answers as Exchange does', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const ids = await deliver(mailbox);
  const compare = async (name: string, body: string, of = 'Exchange2016'): Promise<void> => {
    const request = envelope(body, version(of));
    const [direct, through] = [await ews(request), await graph.post(request)];
    t.equal(through.status, 200, name);
    t.match(direct.text, /ResponseClass="Success"/);
    t.same(withoutKnown(through.text, KNOWN), withoutKnown(direct.text, KNOWN), name);
  };
  for (const base of ['IdOnly', 'Default', 'AllProperties'])
    for (const name of ['Exchange2007_SP1', 'Exchange2010_SP2', 'Exchange2013', 'Exchange2016'])
      await compare(`${base} of ${name}`, getItem(ids, base), name);
  for (const { uri } of ITEM_PROPERTIES)
    await compare(uri, getItem(ids, 'IdOnly', named(`<t:FieldURI FieldURI="${uri}"/>`)));
  for (const path of [
    '<t:ExtendedFieldURI PropertyTag="0x0037" PropertyType="String"/>',
    '<t:ExtendedFieldURI PropertyTag="0x300B" PropertyType="Binary"/>',
    '<t:ExtendedFieldURI PropertyTag="3592" PropertyType="Integer"/>',
    '<t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>',
    '<t:ExtendedFieldURI PropertyTag="0x0E1B" PropertyType="Boolean"/>',
    '<t:ExtendedFieldURI PropertyTag="0x007D" PropertyType="String"/>',
    '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>',
    '<t:ExtendedFieldURI PropertyTag="0x1080" PropertyType="Integer"/>',
    '<t:ExtendedFieldURI PropertyTag="0x3FF1" PropertyType="Integer"/>',
    '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="None" PropertyType="String"/>',
    '<t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="Subject"/>',
  ])
    await compare(path, getItem(ids, 'IdOnly', named(path)));
  await compare('MIME', getItem(ids, 'Default', '<t:IncludeMimeContent>true</t:IncludeMimeContent>'));
});

t.test('each id has its answer in its place', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const [good = '', other = ''] = await deliver(mailbox);
  const gone = mailbox.copy(good, 'inbox').id;
  mailbox.delete(gone, 'hard');
  const folder = mailbox.folders.resolve('inbox').id;
  const request = envelope(getItem([good, gone, 'rubbish', folder, '', other], 'IdOnly'));
  const messages: KnownDifference = [/<m:MessageText>[^<]*<\/m:MessageText>/g, 'Graph has words of its own'];
  const [direct, through] = [await ews(request), await graph.post(request)];
  t.match(direct.text, /ErrorCannotUseFolderIdForItemId/);
  t.same(withoutKnown(through.text, [messages]), withoutKnown(direct.text, [messages]));
});
