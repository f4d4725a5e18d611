import t from 'tap';
import { codesOf, mailboxOf } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { BOB, startStack } from '../../support/stack.ts';
import { createItem, itemsIn, SENDING } from './sending.ts';

/** So large that Graph does not take it as MIME, but as a message with attachments. */
const LARGE = Buffer.alloc(3_500_000, 'page').toString('base64');

/** @param headers of the message, each with its line's end */
function largeMessage(headers: string, type = 'multipart/mixed'): string {
  const mime =
    `From: alice@contoso.test\r\nTo: ${BOB}\r\nSubject: large\r\n${headers}MIME-Version: 1.0\r\n` +
    `Content-Type: ${type}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n` +
    '--b\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo@contoso.test>\r\n' +
    'Content-Disposition: inline; filename=logo.png\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n' +
    '--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n' +
    `Content-Transfer-Encoding: base64\r\n\r\n${LARGE}\r\n--b--\r\n`;
  const content = `<t:MimeContent>${Buffer.from(mime).toString('base64')}</t:MimeContent>`;
  return envelope(createItem(`<t:Message>${content}</t:Message>`, 'SaveOnly'));
}

const stack = await startStack(t, { ...SENDING, backend: 'graph' });
const mailbox = mailboxOf(stack);

t.beforeEach(() => {
  for (const { id } of itemsIn(mailbox, 'drafts')) mailbox.delete(id, 'hard');
});

t.test('what its headers say is said of the message', async (t) => {
  const request = largeMessage(
    'Date: Thu, 01 Jan 2026 08:00:00 +0000\r\nMessage-ID: <large@contoso.test>\r\nIn-Reply-To: <two@contoso.test>\r\n' +
      'References: <one@contoso.test> <two@contoso.test>\r\nSensitivity: Company-Confidential\r\nImportance: high\r\n' +
      'Disposition-Notification-To: alice@contoso.test\r\nReturn-Receipt-To: alice@contoso.test\r\n' +
      'X-Scanner: lobby\r\n',
  );
  t.same(codesOf((await stack.post(request)).text), ['NoError']);
  const [message] = itemsIn(mailbox, 'drafts');
  t.match(message, {
    internetMessageId: '<large@contoso.test>',
    inReplyTo: '<two@contoso.test>',
    references: '<one@contoso.test> <two@contoso.test>',
    sensitivity: 'confidential',
    importance: 'high',
    isReadReceiptRequested: true,
    isDeliveryReceiptRequested: true,
    itemClass: 'IPM.Note',
  });
  t.same(message?.sentAt, new Date('2026-01-01T08:00:00Z'));
  t.ok(message?.headers.some(({ name, value }) => name === 'X-Scanner' && value === 'lobby'));
  const attachments = message?.attachments.map(({ name, isInline, contentId }) => [name, isInline, contentId]);
  t.same(attachments?.toSorted(), [
    ['a.pdf', false, undefined],
    ['logo.png', true, 'logo@contoso.test'],
  ]);
});

t.test('what they do not say is not', async (t) => {
  t.same(codesOf((await stack.post(largeMessage(''))).text), ['NoError']);
  const [message] = itemsIn(mailbox, 'drafts');
  t.match(message, {
    inReplyTo: undefined,
    references: undefined,
    sensitivity: 'normal',
    importance: 'normal',
    isReadReceiptRequested: false,
    isDeliveryReceiptRequested: false,
  });
});

for (const [type, itemClass] of [
  ['delivery-status', 'REPORT.IPM.Note.NDR'],
  ['disposition-notification', 'REPORT.IPM.Note.IPNRN'],
])
  t.test(`a report of ${type} is of its class`, async (t) => {
    const request = largeMessage('', `multipart/report; report-type=${type}`);
    t.same(codesOf((await stack.post(request)).text), ['NoError']);
    t.equal(itemsIn(mailbox, 'drafts')[0]?.itemClass, itemClass);
  });
