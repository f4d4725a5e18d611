/**
 * A message that is attached to another one, read from its MIME as Graph gives it: in the form of a Graph message, so
 * that it is written like any other. It has no id of its own; its attachments' ids go on from the outer one.
 *
 * @see https://learn.microsoft.com/graph/api/attachment-get#example-6-get-the-raw-contents-of-an-item-attachment-message
 */
import PostalMime, { type Address, type Email } from 'postal-mime';
import { toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import { writeId, type AttachmentId } from '../../ews/ids/item-id.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import type { GraphAttachment } from './properties/attachment.ts';
import type { GraphMessage } from './properties/graph-property.ts';

export interface AttachedMessage {
  readonly message: GraphMessage;
  readonly mime: Buffer;
  readonly attachments: readonly { readonly content: Buffer; readonly isMessage: boolean }[];
}

/** What follows a level's length in the ids that are made here; Exchange's own have 16 random bytes. */
const OWN_LEVEL = 'e0770000000000000000000000000000';
const INDEX = /^e077([0-9a-f]{28})$/;

/** @param id of the attachment that holds the message */
export async function readAttachedMessage(mime: Buffer, id: AttachmentId): Promise<AttachedMessage> {
  const mail = await PostalMime.parse(mime, { attachmentEncoding: 'arraybuffer', forceRfc822Attachments: true });
  const attachments = mail.attachments.map(({ content, mimeType }) => ({
    content: typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content)),
    isMessage: mimeType === 'message/rfc822',
  }));
  const listed = mail.attachments.map((part, index): GraphAttachment => {
    const { isMessage = false, content } = attachments[index] ?? {};
    return {
      '@odata.type': isMessage ? '#microsoft.graph.itemAttachment' : '#microsoft.graph.fileAttachment',
      'id': toGraphAlphabet(writeId({ ...id, levels: [...id.levels, levelOf(index)] }, 'shortest')),
      'name': part.filename ?? (isMessage ? 'message' : `attachment-${index + 1}`),
      'contentType': part.mimeType,
      'contentId': part.contentId ?? null,
      'size': content?.length ?? 0,
      'isInline': part.disposition === 'inline' || part.related === true,
    };
  });
  return { mime, attachments, message: messageOf(mail, listed) };
}

/**
 * The attachment of a message that a level means. One that is not of this gateway's making is found where there is no
 * choice.
 *
 * @throws ResponseError ErrorInvalidAttachmentId
 */
export function attachmentAt({ attachments }: AttachedMessage, level: string): AttachedMessage['attachments'][number] {
  const own = INDEX.exec(level)?.[1];
  const found =
    own === undefined && attachments.length === 1 ? attachments[0] : attachments[Number.parseInt(own ?? '', 16)];
  if (found !== undefined) return found;
  throw new ResponseError('ErrorInvalidAttachmentId', 'The specified attachment could not be found.');
}

function levelOf(index: number): string {
  return `${OWN_LEVEL.slice(0, 4)}${index.toString(16).padStart(28, '0')}`;
}

function messageOf(mail: Email, attachments: readonly GraphAttachment[]): GraphMessage {
  const date = mail.date === undefined ? Number.NaN : Date.parse(mail.date);
  const sent = Number.isNaN(date) ? null : new Date(date).toISOString();
  const importance = mail.headers
    .find(({ key }) => key === 'importance')
    ?.value.trim()
    .toLowerCase();
  return {
    id: '',
    subject: mail.subject ?? '',
    body:
      mail.html === undefined
        ? { contentType: 'text', content: bodyText(mail.text ?? '') }
        : { contentType: 'html', content: bodyText(mail.html) },
    from: recipients([mail.from])[0] ?? null,
    sender: recipients([mail.sender ?? mail.from])[0] ?? null,
    toRecipients: recipients(mail.to),
    ccRecipients: recipients(mail.cc),
    bccRecipients: recipients(mail.bcc),
    replyTo: recipients(mail.replyTo),
    sentDateTime: sent,
    receivedDateTime: sent,
    createdDateTime: sent,
    lastModifiedDateTime: sent,
    importance: importance === 'high' || importance === 'low' ? importance : 'normal',
    internetMessageId: mail.messageId ?? null,
    internetMessageHeaders: mail.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    isRead: true,
    isDraft: false,
    hasAttachments: attachments.some(({ isInline }) => isInline !== true),
    attachments: [...attachments],
    singleValueExtendedProperties: [
      ...(mail.inReplyTo === undefined ? [] : [{ id: 'String 0x1042', value: mail.inReplyTo }]),
      ...(mail.references === undefined ? [] : [{ id: 'String 0x1039', value: mail.references }]),
    ],
  };
}

/** The line break at the end of a MIME part belongs to MIME; within, Exchange's texts have both characters. */
function bodyText(text: string): string {
  return text.replace(/\r?\n$/, '').replaceAll(/\r?\n/g, '\r\n');
}

/** Members of a group stand for the group. */
function recipients(
  addresses: readonly (Address | undefined)[] = [],
): { emailAddress: { name: string; address: string } }[] {
  return addresses.flatMap((one) => {
    if (one === undefined) return [];
    if (one.group !== undefined) return recipients(one.group);
    return [{ emailAddress: { name: one.name, address: one.address ?? '' } }];
  });
}
