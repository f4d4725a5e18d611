/**
 * What messages say, as Graph shows it: of those in folders as well as of attached ones.
 *
 * @see https://learn.microsoft.com/graph/api/resources/message
 */
import { htmlToText, textToHtml } from '../../ews/html-text.ts';
import { bodyOf, hasAttachments, type MessageContent, type Recipient } from '../mailbox/types.ts';
import { previewOf, sanitized } from '../mailbox/bodies.ts';
import type { Preferences } from './call.ts';

export type Json = Record<string, unknown>;

/** [doc] Dates are of whole seconds, in UTC. */
export function dateJson(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function recipientJson({ name, address }: Recipient): Json {
  return { emailAddress: { name: name === '' ? address : name, address } };
}

/** Without a preference each body comes as what it is [thread microsoft-graph-docs#12595]. */
export function bodyJson(content: MessageContent, { bodyType, allowsUnsafeHtml }: Preferences): Json {
  const body = bodyOf(content);
  const type = bodyType ?? body.type;
  if (type === 'text')
    return { contentType: 'text', content: body.type === 'text' ? body.content : htmlToText(body.content) };
  const html = body.type === 'html' ? body.content : textToHtml(body.content);
  return { contentType: 'html', content: allowsUnsafeHtml ? html : sanitized(html) };
}

const orNull = (value: unknown): unknown => value ?? null;

type ContentReader = (content: MessageContent, prefer: Preferences) => unknown;

/** What attached messages have too. */
export const OF_CONTENT: Readonly<Record<string, ContentReader>> = {
  subject: ({ subject }) => subject,
  bodyPreview: (content) => previewOf(content),
  importance: ({ importance }) => importance,
  hasAttachments: (content) => hasAttachments(content),
  internetMessageId: ({ internetMessageId }) => orNull(internetMessageId),
  conversationIndex: ({ conversationIndex }) => conversationIndex.toString('base64'),
  isDeliveryReceiptRequested: ({ isDeliveryReceiptRequested }) => isDeliveryReceiptRequested,
  isReadReceiptRequested: ({ isReadReceiptRequested }) => isReadReceiptRequested,
  sentDateTime: ({ sentAt }) => (sentAt === undefined ? null : dateJson(sentAt)),
  body: bodyJson,
  sender: ({ sender, from }) => orNull((sender ?? from) && recipientJson((sender ?? from) as Recipient)),
  from: ({ from }) => orNull(from && recipientJson(from)),
  toRecipients: ({ to }) => to.map(recipientJson),
  ccRecipients: ({ cc }) => cc.map(recipientJson),
  bccRecipients: ({ bcc }) => bcc.map(recipientJson),
  replyTo: ({ replyTo }) => replyTo.map(recipientJson),
};

/** A message inside an attachment: its id is empty [doc attachment-get]. */
export function contentJson(content: MessageContent, prefer: Preferences): Json {
  const message: Json = { '@odata.type': '#microsoft.graph.message', 'id': '' };
  for (const [name, reader] of Object.entries(OF_CONTENT)) message[name] = reader(content, prefer);
  return { ...message, isDraft: false, isRead: true, receivedDateTime: message['sentDateTime'] };
}
