/**
 * Messages and attachments in the JSON in which Graph takes them, and how much of a request they fill.
 *
 * @see https://learn.microsoft.com/graph/api/user-post-messages
 * @see https://learn.microsoft.com/graph/api/message-post-attachments
 */
import { buffer } from 'node:stream/consumers';
import { ResponseError } from '../../../ews/response-messages.ts';
import type { MessageChanges } from './message-changes.ts';
import type { NewAttachment, NewMessage } from './new-message.ts';
import type { OperationContext } from '../operation.ts';

/** What the making of messages needs of a request. */
export type CreationContext = Pick<OperationContext, 'capabilities' | 'mimes' | 'spools' | 'signal'>;

/** The largest body of a request: 4 MB, less what its headers take. */
export const MAX_BODY = 4 * 1024 * 1024 - 4096;
/** From this size on a file goes by upload session; smaller ones are refused there. */
export const SMALLEST_UPLOAD = 3 * 1024 * 1024;
/** The largest file that an upload session takes. */
export const LARGEST_UPLOAD = 150 * 1024 * 1024;

/** What Graph calls a file but for its content: the parts that a POST and an upload session share. */
export function describeFile(file: NewAttachment & { readonly kind: 'file' }): Record<string, unknown> {
  const { name, contentType, contentId, isInline } = file;
  return {
    name,
    isInline,
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentId === undefined ? {} : { contentId }),
  };
}

/** Bytes that an attachment takes in a JSON body, its content in base64. */
export function jsonSize(attachment: NewAttachment): number {
  if (attachment.kind === 'file')
    return ENVELOPE + textSize(describeFile(attachment)) + 4 * Math.ceil(attachment.content.size / 3);
  return ENVELOPE + textSize(attachment.name) + messageSize(attachment.item);
}

/** Bytes that a message takes in a JSON body, with what is attached to it. */
export function messageSize({ changes, mime, attachments }: NewMessage): number {
  const inside = attachments.reduce((sum, attachment) => sum + jsonSize(attachment), 0);
  // Base64 stays as it is when MIME is taken apart, text grows a little by escaping.
  return textSize(changes) + inside + Math.ceil(1.25 * (mime?.size ?? 0));
}

/** Markup of the object around a content. */
const ENVELOPE = 128;

function textSize(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** A message whose MIME was taken apart where that is needed, ready to be posted. */
export interface Outline {
  readonly changes: MessageChanges;
  readonly attachments: readonly NewAttachment[];
}

/** What a message consists of in JSON, its MIME taken apart. @throws ResponseError where that would break it */
export async function outlineOf({ mimes, spools, signal }: CreationContext, message: NewMessage): Promise<Outline> {
  const { mime, changes, attachments, isReceived } = message;
  if (mime === undefined) return { changes, attachments };
  if (mime.size === 0) throw new ResponseError('ErrorMimeContentInvalid', 'The MIME content is empty.');
  const read = await mimes.read(mime, spools, signal);
  if (read.isSealed)
    throw isReceived
      ? new ResponseError(
          'ErrorMimeContentConversionFailed',
          'Signed and encrypted messages can be saved through Microsoft Graph as drafts only.',
        )
      : new ResponseError(
          'ErrorMessageSizeExceeded',
          'Microsoft Graph takes signed and encrypted messages of up to 4 MB; this one is larger.',
        );
  return { changes: read.changes.merge(changes), attachments: [...read.attachments, ...attachments] };
}

/** The attachments that go with a message in one request. */
export async function inlineJson(
  context: CreationContext,
  attachments: readonly NewAttachment[],
): Promise<Record<string, unknown>> {
  if (attachments.length === 0) return {};
  const list: Record<string, unknown>[] = [];
  for (const one of attachments) list.push(await attachmentJson(context, one));
  return { attachments: list };
}

/**
 * Which attachments go with the message, and which come after it.
 *
 * @throws ResponseError ErrorMessageSizeExceeded where the message itself is too large
 */
export function split({ changes, attachments }: Outline): {
  readonly inline: readonly NewAttachment[];
  readonly later: readonly NewAttachment[];
} {
  let room = MAX_BODY - Buffer.byteLength(JSON.stringify(changes));
  if (room < 0)
    throw new ResponseError(
      'ErrorMessageSizeExceeded',
      'The message without attachments exceeds the 4 MB of a request.',
    );
  const [inline, later]: [NewAttachment[], NewAttachment[]] = [[], []];
  for (const attachment of attachments) {
    const size = jsonSize(attachment);
    if (later.length > 0 || size > room) later.push(attachment);
    else {
      inline.push(attachment);
      room -= size;
    }
  }
  return { inline, later };
}

/**
 * The object of an attachment, with its content.
 *
 * @throws ResponseError where a message is attached that does not fit into one request
 */
export async function attachmentJson(
  context: CreationContext,
  attachment: NewAttachment,
): Promise<Record<string, unknown>> {
  if (attachment.kind === 'file') {
    const contentBytes = (await buffer(attachment.content.createReadStream())).toString('base64');
    return { '@odata.type': '#microsoft.graph.fileAttachment', ...describeFile(attachment), contentBytes };
  }
  if (messageSize(attachment.item) > MAX_BODY)
    throw new ResponseError(
      'ErrorMessageSizeExceeded',
      'Microsoft Graph attaches messages of up to 4 MB; this one is larger.',
    );
  const { changes, attachments } = await outlineOf(context, attachment.item);
  const item = { ...changes.toJSON(), ...(await inlineJson(context, attachments)) };
  return {
    '@odata.type': '#microsoft.graph.itemAttachment',
    'name': attachment.name,
    'item': { '@odata.type': '#microsoft.graph.message', ...item },
  };
}
