import t from 'tap';
import type { Item } from '../../../src/simulator/mailbox/types.ts';
import { codesOf, startDifferential, withoutKnown, type Differential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { ALICE, BOB } from '../../support/stack.ts';

const create = (items: string, more = 'MessageDisposition="SaveOnly"', folder = ''): string =>
  envelope(`<m:CreateItem ${more}>${folder}<m:Items>${items}</m:Items></m:CreateItem>`);
const message = (inner: string): string => `<t:Message>${inner}</t:Message>`;
const into = (name: string): string =>
  `<m:SavedItemFolderId><t:DistinguishedFolderId Id="${name}"/></m:SavedItemFolderId>`;
const to = (address: string, name = 'Somebody'): string =>
  `<t:Mailbox><t:Name>${name}</t:Name><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>`;
const flags = (value: number): string =>
  '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>' +
  `<t:Value>${value}</t:Value></t:ExtendedProperty>`;
const tagged = (tag: string, type: string, value: string): string =>
  `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="${type}"/>` +
  `<t:Value>${value}</t:Value></t:ExtendedProperty>`;
const named = (type: string, value: string): string =>
  `<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Imported" ` +
  `PropertyType="${type}"/>${value}</t:ExtendedProperty>`;
const file = (name: string, content: string, more = ''): string =>
  `<t:FileAttachment><t:Name>${name}</t:Name><t:ContentType>text/plain</t:ContentType>${more}` +
  `<t:Content>${Buffer.from(content).toString('base64')}</t:Content></t:FileAttachment>`;
const MIME = [
  `From: Sender <sender@fabrikam.test>`,
  `To: ${ALICE}`,
  'Subject: By MIME',
  'Date: Mon, 02 Nov 2026 10:00:00 +0000',
  'Message-ID: <mime@fabrikam.test>',
  'References: <before@fabrikam.test>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  'Hello',
  '--b',
  'Content-Type: text/csv; name=rows.csv',
  'Content-Disposition: attachment; filename=rows.csv',
  '',
  '1;2',
  '--b--',
  '',
].join('\r\n');
const mime = (text: string): string => `<t:MimeContent>${Buffer.from(text).toString('base64')}</t:MimeContent>`;

/** What a message is, without what differs by its creation. */
function content({ from, attachments, extended, ...item }: Item): object {
  const parts = attachments.map((one) => ({
    kind: one.kind,
    name: one.name,
    contentId: one.contentId,
    isInline: one.isInline,
    content: one.kind === 'file' ? one.content.toString() : one.kind === 'item' ? one.item.subject : '',
  }));
  const { subject, bodyHtml, bodyText, to, cc, bcc, replyTo, importance, sensitivity, categories, flag } = item;
  const { isRead, isDraft, itemClass, inReplyTo, references, folderId, sentAt } = item;
  const { isReadReceiptRequested, isDeliveryReceiptRequested } = item;
  return {
    members: [subject, bodyHtml, bodyText, importance, sensitivity, categories, flag, itemClass, folderId],
    people: [to, cc, bcc, replyTo, from?.address],
    state: [isRead, isDraft, inReplyTo, references, sentAt, isReadReceiptRequested, isDeliveryReceiptRequested],
    parts,
    imported: extended.get({ type: 'String', set: '00020329-0000-0000-c000-000000000046', name: 'Imported' }),
    response: extended.get({ type: 'Boolean', tag: 0x0c17 }),
  };
}

const FOLDERS = ['drafts', 'inbox', 'sentitems', 'recoverableitemsdeletions'];
const itemsOf = ({ mailbox }: Differential): Item[] =>
  FOLDERS.flatMap((name) => mailbox.items.list(mailbox.folders.resolve(name).id));

const KNOWN = [
  [/ (?:Id|ChangeKey)="[^"]*"/g, 'another message'],
  [/<t:Size>\d+<\/t:Size>/g, 'Graph gives the stored size'],
  [/<t:LastModifiedTime>[^<]*<\/t:LastModifiedTime>/g, 'made one after the other'],
  [/<m:MessageText>[^<]*<\/m:MessageText>/g, 'the words are those of either service'],
] as const;

t.test('messages are saved as Exchange saves them', async (t) => {
  const both = await startDifferential(t, { alice: '    operations: mail' });
  const requests: readonly (readonly [name: string, request: string])[] = [
    ['empty', create(message(''))],
    [
      'many properties',
      create(
        message(
          '<t:Subject>Many</t:Subject><t:Sensitivity>Private</t:Sensitivity>' +
            '<t:Body BodyType="HTML">&lt;p>x&lt;/p></t:Body>' +
            '<t:Categories><t:String>Red</t:String><t:String>Blue</t:String></t:Categories>' +
            '<t:Importance>High</t:Importance><t:InReplyTo>&lt;a@b.test></t:InReplyTo>' +
            '<t:ReminderIsSet>false</t:ReminderIsSet>' +
            `${named('String', '<t:Value> yes </t:Value>')}` +
            '<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>' +
            `<t:ToRecipients>${to(BOB)}</t:ToRecipients><t:CcRecipients>${to('c@fabrikam.test')}</t:CcRecipients>` +
            `<t:BccRecipients>${to('b@fabrikam.test')}</t:BccRecipients>` +
            '<t:IsReadReceiptRequested>true</t:IsReadReceiptRequested>' +
            '<t:IsDeliveryReceiptRequested>true</t:IsDeliveryReceiptRequested>' +
            `<t:From>${to('other@contoso.test')}</t:From><t:IsRead>false</t:IsRead>` +
            `<t:References>&lt;r@b.test></t:References><t:ReplyTo>${to('answers@fabrikam.test')}</t:ReplyTo>`,
        ),
        undefined,
        into('inbox'),
      ),
    ],
    ['text', create(message('<t:Body BodyType="Text">a &lt; b</t:Body>'), undefined, into('sentitems'))],
    ['a note', create('<t:PostItem><t:Subject>Note</t:Subject></t:PostItem>', undefined, into('inbox'))],
    ['a class', create(message('<t:ItemClass>IPM.Note.Custom</t:ItemClass>'))],
    ['an item', create('<t:Item><t:Subject>Item</t:Subject></t:Item>')],
    ['received', create(message(`<t:Subject>Came</t:Subject>${flags(0)}`), undefined, into('inbox'))],
    ['received and read', create(message(`<t:Subject>Came</t:Subject>${flags(1)}`), undefined, into('inbox'))],
    [
      'received then',
      create(message(tagged('0x0E07', 'Integer', '1') + tagged('0x39', 'SystemTime', '2026-11-01T08:00:00Z'))),
    ],
    ['a long subject', create(message(`<t:Subject>${'x'.repeat(300)}</t:Subject>`))],
    [
      'attachments',
      create(
        message(
          '<t:Subject>With files</t:Subject><t:Attachments>' +
            file('a.txt', 'first') +
            file('b.txt', 'second', '<t:ContentId>cid1</t:ContentId><t:IsInline>true</t:IsInline>') +
            '<t:ItemAttachment><t:Name>inner</t:Name><t:Message><t:Subject>Inner</t:Subject>' +
            `<t:Attachments>${file('c.txt', 'third')}</t:Attachments></t:Message></t:ItemAttachment></t:Attachments>`,
        ),
      ),
    ],
    ['MIME', create(message(mime(MIME)), undefined, into('inbox'))],
    [
      'MIME and more',
      create(
        message(`${mime(MIME)}<t:Subject>Other</t:Subject><t:Categories><t:String>Red</t:String></t:Categories>`),
        undefined,
        into('inbox'),
      ),
    ],
    ['received MIME', create(message(`${mime(MIME)}${flags(1)}`), undefined, into('inbox'))],
    ['no MIME', create(message('<t:MimeContent></t:MimeContent>'))],
    ['no disposition', create(message('<t:Subject>x</t:Subject>'), '')],
    ['no such folder', create(message(''), undefined, into('conflicts'))],
    ['read-only', create(message('<t:Size>3</t:Size>'))],
    ['a contact', create('<t:Contact><t:DisplayName>x</t:DisplayName></t:Contact>')],
    ['an empty address', create(message('<t:ToRecipients><t:Mailbox/></t:ToRecipients>'))],
    [
      'two of three',
      create(
        `${message('<t:Subject>1</t:Subject>')}${message('<t:Size>3</t:Size>')}${message('<t:Subject>3</t:Subject>')}`,
      ),
    ],
  ];
  for (const [name, request] of requests) {
    const before = new Set(itemsOf(both));
    const direct = await both.ews(request);
    const first = itemsOf(both).filter((item) => !before.has(item));
    const between = new Set(itemsOf(both));
    const through = await both.graph.post(request);
    const second = itemsOf(both).filter((item) => !between.has(item));
    t.ok(codesOf(direct.text).length > 0, name);
    t.same(codesOf(through.text), codesOf(direct.text), `codes of ${name}`);
    t.same(new Set(second.map(content)), new Set(first.map(content)), `what became of ${name}`);
    if (first.length > 0)
      t.same(withoutKnown(through.text, KNOWN), withoutKnown(direct.text, KNOWN), `the answer to ${name}`);
  }
});
