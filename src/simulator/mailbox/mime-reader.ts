/**
 * Messages read from MIME with postal-mime.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322 and https://www.rfc-editor.org/rfc/rfc2045
 */
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime';
import { conversationIndex, conversationTopic } from './conversation.ts';
import type { Importance, NewAttachment, NewMessage, Recipient, Sensitivity } from './types.ts';

/** Messages nested deeper stay files, as Graph expands 30 levels. */
const DEEPEST = 30;

const IMPORTANCE: Readonly<Record<string, Importance>> = { high: 'high', low: 'low' };
const SENSITIVITY: Readonly<Record<string, Sensitivity>> = {
  'personal': 'personal',
  'private': 'private',
  'company-confidential': 'confidential',
};

/** Reads a message with all that is attached to it. */
export async function parseMime(mime: Buffer, depth = 0): Promise<NewMessage> {
  const mail = await PostalMime.parse(mime, { attachmentEncoding: 'arraybuffer', forceRfc822Attachments: true });
  const header = (name: string): string | undefined => mail.headers.find(({ key }) => key === name)?.value;
  const date = mail.date === undefined ? Number.NaN : Date.parse(mail.date);
  const sentAt = Number.isNaN(date) ? undefined : new Date(date);
  const subject = mail.subject ?? '';
  const { inReplyTo, references, messageId: internetMessageId } = mail;
  const attachments: NewAttachment[] = [];
  for (const attachment of mail.attachments)
    attachments.push(await attachmentOf(attachment, attachments.length, depth));
  return {
    itemClass: itemClassOf(mail, header('content-type') ?? ''),
    subject,
    bodyHtml: mail.html,
    bodyText: mail.html === undefined ? (mail.text ?? '') : mail.text,
    from: mail.from === undefined ? undefined : recipientsOf([mail.from])[0],
    sender: mail.sender === undefined ? undefined : recipientsOf([mail.sender])[0],
    to: recipientsOf(mail.to),
    cc: recipientsOf(mail.cc),
    bcc: recipientsOf(mail.bcc),
    replyTo: recipientsOf(mail.replyTo),
    sentAt,
    importance: IMPORTANCE[header('importance')?.trim().toLowerCase() ?? ''] ?? 'normal',
    sensitivity: SENSITIVITY[header('sensitivity')?.trim().toLowerCase() ?? ''] ?? 'normal',
    isReadReceiptRequested: header('disposition-notification-to') !== undefined,
    isDeliveryReceiptRequested: header('return-receipt-to') !== undefined,
    internetMessageId,
    inReplyTo,
    references,
    conversationIndex: conversationIndex({
      threadIndex: header('thread-index'),
      references,
      inReplyTo,
      internetMessageId,
      sentAt,
    }),
    conversationTopic: conversationTopic(header('thread-topic') ?? subject),
    headers: mail.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    attachments,
    mime,
  };
}

/** Members of a group stand for the group. */
function recipientsOf(addresses: readonly Address[] = []): Recipient[] {
  return addresses.flatMap((address) =>
    address.group === undefined ? [{ name: address.name, address: address.address }] : recipientsOf(address.group),
  );
}

async function attachmentOf(part: Attachment, index: number, depth: number): Promise<NewAttachment> {
  const content =
    typeof part.content === 'string' ? Buffer.from(part.content) : Buffer.from(new Uint8Array(part.content));
  const properties = {
    contentType: part.mimeType,
    contentId: part.contentId?.replace(/^<|>$/g, ''),
    // postal-mime does not give it.
    contentLocation: undefined,
  };
  if (part.mimeType === 'message/rfc822' && depth < DEEPEST) {
    const item = await parseMime(content, depth + 1);
    return { ...properties, kind: 'item', name: item.subject, isInline: false, item };
  }
  return {
    ...properties,
    kind: 'file',
    name: part.filename ?? `attachment-${index + 1}`,
    isInline: part.disposition === 'inline' || part.related === true,
    content,
  };
}

/** Item classes of meeting messages by the method of their calendar part, of responses by the answer. */
const MEETING_CLASSES: Readonly<Record<string, string>> = {
  REQUEST: 'IPM.Schedule.Meeting.Request',
  CANCEL: 'IPM.Schedule.Meeting.Canceled',
  ACCEPTED: 'IPM.Schedule.Meeting.Resp.Pos',
  TENTATIVE: 'IPM.Schedule.Meeting.Resp.Tent',
  DECLINED: 'IPM.Schedule.Meeting.Resp.Neg',
};

/** @see https://learn.microsoft.com/office/vba/outlook/concepts/forms/item-types-and-message-classes */
function itemClassOf({ attachments }: Email, contentType: string): string {
  const type = /^[^;\s]*/.exec(contentType)?.[0].toLowerCase();
  if (type === 'multipart/report') {
    const [, report] = /;\s*report-type="?([\w-]+)/i.exec(contentType) ?? [];
    if (report?.toLowerCase() === 'delivery-status') return 'REPORT.IPM.Note.NDR';
    if (report?.toLowerCase() === 'disposition-notification') return 'REPORT.IPM.Note.IPNRN';
  }
  if (type === 'multipart/signed') return 'IPM.Note.SMIME.MultipartSigned';
  if (type === 'application/pkcs7-mime' || type === 'application/x-pkcs7-mime') return 'IPM.Note.SMIME';
  const calendar = attachments.find(({ mimeType, method }) => mimeType === 'text/calendar' && method !== undefined);
  if (calendar === undefined) return 'IPM.Note';
  const text =
    typeof calendar.content === 'string'
      ? calendar.content
      : new TextDecoder().decode(new Uint8Array(calendar.content));
  const key = calendar.method === 'REPLY' ? /PARTSTAT=([A-Z]+)/i.exec(text)?.[1]?.toUpperCase() : calendar.method;
  return MEETING_CLASSES[key ?? ''] ?? 'IPM.Note';
}
