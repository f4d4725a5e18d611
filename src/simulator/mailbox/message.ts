/** Messages put together from parts: defaults for what is not given, and short forms for addresses and files. */
import { conversationIndex, conversationTopic } from './conversation.ts';
import type { NewAttachment, NewMessage, Recipient } from './types.ts';

/** A message of which only some is given. */
export type MessageParts = Partial<NewMessage>;

export function recipient(address: string, name = ''): Recipient {
  return { name, address };
}

export function fileAttachment(
  name: string,
  contentType: string,
  content: Buffer,
  more: {
    readonly contentId?: string | undefined;
    readonly isInline?: boolean;
    readonly contentLocation?: string;
  } = {},
): NewAttachment {
  const { contentId, contentLocation, isInline = false } = more;
  return { kind: 'file', name, contentType, content, contentId, contentLocation, isInline };
}

/** Completes a message; one without any is empty. */
export function newMessage(parts: MessageParts): NewMessage {
  const message = {
    itemClass: 'IPM.Note',
    subject: '',
    bodyHtml: undefined,
    bodyText: undefined,
    from: undefined,
    sender: undefined,
    to: [],
    cc: [],
    bcc: [],
    replyTo: [],
    sentAt: undefined,
    importance: 'normal',
    sensitivity: 'normal',
    isReadReceiptRequested: false,
    isDeliveryReceiptRequested: false,
    internetMessageId: undefined,
    inReplyTo: undefined,
    references: undefined,
    conversationTopic: conversationTopic(parts.subject ?? ''),
    headers: [],
    attachments: [],
    mime: undefined,
    ...parts,
  } as const satisfies Omit<NewMessage, 'conversationIndex'>;
  return {
    ...message,
    conversationIndex: parts.conversationIndex ?? conversationIndex({ ...message, threadIndex: undefined }),
  };
}

/** Bytes of a message in the store: of its MIME where there is one, else of what it consists of. */
export function sizeOf(message: NewMessage): number {
  if (message.mime !== undefined) return message.mime.length;
  let size = 1024 + 2 * message.subject.length;
  size += Buffer.byteLength(message.bodyHtml ?? '') + Buffer.byteLength(message.bodyText ?? '');
  for (const attachment of message.attachments) size += attachmentSize(attachment);
  return size;
}

/** Bytes of an attachment's content. */
export function attachmentSize(attachment: NewAttachment): number {
  if (attachment.kind === 'file') return attachment.content.length;
  return attachment.kind === 'item' ? sizeOf(attachment.item) : attachment.url.length;
}
