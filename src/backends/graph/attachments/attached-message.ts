/**
 * A message that is attached to another one, read from its MIME as Graph gives it: in the form of a Graph message, so
 * that it is written like any other. It has no id of its own; its attachments' ids go on from the outer one.
 *
 * @see https://learn.microsoft.com/graph/api/attachment-get#example-6-get-the-raw-contents-of-an-item-attachment-message
 */
import type { Email } from 'postal-mime';
import { toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import { writeId, type AttachmentId } from '../../../ews/ids/item-id.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { membersOf, recipients, sentDate } from '../writing/mime-message.ts';
import { bytesOf, parseMime } from '../messages/mime-parser.ts';
import type { GraphAttachment } from '../properties/attachment.ts';
import type { GraphMessage } from '../properties/graph-property.ts';
import { IN_REPLY_TO, REFERENCES } from '../properties/message.ts';

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
  const mail = await parseMime(mime);
  const attachments = mail.attachments.map(({ content, mimeType }) => ({
    content: bytesOf(content),
    isMessage: mimeType === 'message/rfc822',
  }));
  // An attached message is called by its subject.
  const subjects = await Promise.all(
    attachments.map(async (part) => (part.isMessage ? (await parseMime(part.content)).subject : undefined)),
  );
  const listed = mail.attachments.map((part, index): GraphAttachment => {
    const { isMessage = false, content } = attachments[index] ?? {};
    return {
      '@odata.type': isMessage ? '#microsoft.graph.itemAttachment' : '#microsoft.graph.fileAttachment',
      'id': toGraphAlphabet(writeId({ ...id, levels: [...id.levels, levelOf(index)] }, 'shortest')),
      'name': part.filename ?? subjects[index] ?? (isMessage ? '' : `attachment-${index + 1}`),
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
  const sent = sentDate(mail)?.toISOString() ?? null;
  const members = membersOf(mail);
  return {
    id: '',
    ...members,
    body: { ...members.body, content: asWritten(members.body.content) },
    from: recipients([mail.from])[0] ?? null,
    sender: recipients([mail.sender ?? mail.from])[0] ?? null,
    sentDateTime: sent,
    receivedDateTime: sent,
    createdDateTime: sent,
    lastModifiedDateTime: sent,
    internetMessageId: mail.messageId ?? null,
    internetMessageHeaders: mail.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    isRead: true,
    isDraft: false,
    hasAttachments: attachments.some(({ isInline }) => isInline !== true),
    attachments: [...attachments],
    singleValueExtendedProperties: [
      ...(mail.inReplyTo === undefined ? [] : [{ id: IN_REPLY_TO, value: mail.inReplyTo }]),
      ...(mail.references === undefined ? [] : [{ id: REFERENCES, value: mail.references }]),
    ],
  };
}

/** Graph's MIME of it ends each part with a line break that is none of the text, whose own have both characters. */
function asWritten(text: string): string {
  return text.replace(/\r?\n$/, '').replaceAll(/\r?\n/g, '\r\n');
}
