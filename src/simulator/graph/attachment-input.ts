/** Attachments as clients write them. */
import { newMessage, type MessageParts } from '../mailbox/message.ts';
import type { NewAttachment } from '../mailbox/types.ts';
import { checkObject } from './body-check.ts';
import type { Call } from './call.ts';
import { GraphError, undeserializable } from './errors.ts';

/**
 * @param readItem reads the message of an item attachment
 * @throws GraphError where it is none [doc attachment resource]
 */
export function readAttachment(
  input: Readonly<Record<string, unknown>>,
  call: Call,
  readItem: (item: unknown, call: Call) => MessageParts,
): NewAttachment {
  checkObject(input, 'attachment', call.service);
  const type = String(input['@odata.type'] ?? '')
    .toLowerCase()
    .replace(/^#/, '');
  const name = String(input['name'] ?? '');
  const common = { name, isInline: input['isInline'] === true, contentLocation: undefined };
  if (type === 'microsoft.graph.fileattachment') {
    const content = Buffer.from(String(input['contentBytes'] ?? ''), 'base64');
    if (input['contentBytes'] === undefined)
      throw new GraphError(400, 'ErrorRequiredPropertyMissing', 'Required property is missing.');
    const contentId = typeof input['contentId'] === 'string' ? input['contentId'] : undefined;
    const contentType = typeof input['contentType'] === 'string' ? input['contentType'] : 'application/octet-stream';
    return { ...common, kind: 'file', contentType, contentId, content };
  }
  if (type === 'microsoft.graph.itemattachment') {
    const item = input['item'] as Readonly<Record<string, unknown>> | undefined;
    if (item === undefined) throw undeserializable();
    const message = newMessage(partsOf(item, call, readItem));
    return { ...common, kind: 'item', contentType: 'message/rfc822', contentId: undefined, item: message };
  }
  throw undeserializable();
}

/** Events and contacts are kept in outline: what they have in common with messages. */
function partsOf(
  item: Readonly<Record<string, unknown>>,
  call: Call,
  readItem: (item: unknown, call: Call) => MessageParts,
): MessageParts {
  const type = String(item['@odata.type'] ?? '#microsoft.graph.message');
  if (/message$/i.test(type)) return readItem(item, call);
  const isEvent = /event$/i.test(type);
  const { body } = item as { readonly body?: { readonly content?: string } };
  return {
    itemClass: isEvent ? 'IPM.Appointment' : 'IPM.Contact',
    subject: String(item['subject'] ?? item['displayName'] ?? ''),
    bodyHtml: body?.content,
  };
}
