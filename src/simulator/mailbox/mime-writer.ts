/** Messages written as MIME with nodemailer's composer. */
import MailComposer, { type MailComposerAttachment } from 'nodemailer/lib/mail-composer';
import type { MessageParts } from './message.ts';
import type { NewAttachment } from './types.ts';

/** What the composer writes itself, from the message's properties. */
const COMPOSED: ReadonlySet<string> = new Set([
  'bcc',
  'cc',
  'content-disposition',
  'content-transfer-encoding',
  'content-type',
  'date',
  'disposition-notification-to',
  'from',
  'importance',
  'in-reply-to',
  'message-id',
  'mime-version',
  'references',
  'reply-to',
  'return-receipt-to',
  'sender',
  'sensitivity',
  'subject',
  'thread-index',
  'to',
]);

const SENSITIVITY = { personal: 'Personal', private: 'Private', confidential: 'Company-Confidential' } as const;

/**
 * Writes a message. A Message-ID and a date are made where there are none.
 *
 * @param options whether Bcc stands in the header, which only the sender's copy may have
 */
export async function writeMime(message: MessageParts, options: { readonly keepBcc?: boolean } = {}): Promise<Buffer> {
  const { from, sender, to = [], cc = [], bcc = [], replyTo = [] } = message;
  const attachments: MailComposerAttachment[] = [];
  for (const attachment of message.attachments ?? []) attachments.push(await partOf(attachment));
  const composed = new MailComposer({
    from,
    sender,
    to: [...to],
    cc: [...cc],
    bcc: [...bcc],
    replyTo: [...replyTo],
    inReplyTo: message.inReplyTo,
    references: message.references,
    subject: message.subject,
    messageId: message.internetMessageId,
    date: message.sentAt,
    text: message.bodyText,
    html: message.bodyHtml,
    headers: headersOf(message),
    attachments,
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  composed.keepBcc = options.keepBcc === true;
  return composed.build();
}

function headersOf(message: MessageParts): { key: string; value: string }[] {
  const { importance = 'normal', sensitivity = 'normal', from, conversationIndex } = message;
  const headers = (message.headers ?? [])
    .filter(({ name }) => !COMPOSED.has(name.toLowerCase()))
    .map(({ name, value }) => ({ key: name, value }));
  if (importance !== 'normal') headers.push({ key: 'Importance', value: importance });
  if (sensitivity !== 'normal') headers.push({ key: 'Sensitivity', value: SENSITIVITY[sensitivity] });
  if (from !== undefined && message.isReadReceiptRequested === true)
    headers.push({ key: 'Disposition-Notification-To', value: from.address });
  if (from !== undefined && message.isDeliveryReceiptRequested === true)
    headers.push({ key: 'Return-Receipt-To', value: from.address });
  if (conversationIndex !== undefined)
    headers.push({ key: 'Thread-Index', value: conversationIndex.toString('base64') });
  return headers;
}

async function partOf(attachment: NewAttachment): Promise<MailComposerAttachment> {
  const { contentType, contentId, contentLocation } = attachment;
  const part = {
    contentType,
    contentDisposition: attachment.isInline ? 'inline' : 'attachment',
    ...(contentId === undefined ? {} : { cid: contentId }),
    ...(contentLocation === undefined ? {} : { headers: { 'Content-Location': contentLocation } }),
  };
  if (attachment.kind === 'item') {
    const { item } = attachment;
    return {
      ...part,
      contentType: 'message/rfc822',
      filename: false,
      content: item.mime ?? (await writeMime(item, { keepBcc: true })),
    };
  }
  // A link has no content in MIME: the address stands for it.
  const content = attachment.kind === 'file' ? attachment.content : Buffer.from(attachment.url);
  return { ...part, filename: attachment.name, content };
}

/**
 * A message without Bcc in its header, as recipients get it. Every other byte stays.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322#section-3.6.3
 */
export function withoutBcc(mime: Buffer): Buffer {
  // One byte is one character in this encoding, whatever the message is written in.
  const text = mime.toString('latin1');
  const blank = /\r?\n\r?\n/.exec(text);
  const end = blank === null ? text.length : blank.index;
  const header = text.slice(0, end);
  const kept = header.replace(/^(?:Resent-)?Bcc[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|(?![^]))/gim, '');
  return kept === header ? mime : Buffer.from(kept.replace(/\r?\n$/, '') + text.slice(end), 'latin1');
}
