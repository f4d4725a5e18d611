/**
 * GetAttachment. The message stands in the attachment's id; contents of files stream, attached messages are read from
 * their MIME.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getattachment-operation
 * @see https://learn.microsoft.com/graph/api/attachment-get
 */
import { attachmentPieces } from '../../../ews/attachment-writer.ts';
import { child, children } from '../../../ews/element.ts';
import type { Piece } from '../../../ews/properties/pieces.ts';
import type { Attachment } from '../../../ews/properties/values.ts';
import { wantedItemProperties, type WantedItemProperties } from '../../../ews/properties/wanted.ts';
import { errorMessage, ResponseError } from '../../../ews/response-messages.ts';
import { itemShape, type ItemShape } from '../../../ews/shape.ts';
import { attachmentAt, readAttachedMessage, type AttachedMessage } from '../attachments/attached-message.ts';
import { readBounded } from '../../../network/bounded-body.ts';
import { contentPath, fileContent } from '../prefetch/next-attachments.ts';
import { GraphError } from '../service/graph-error.ts';
import { messagePieces, viewOf } from '../messages/message-element.ts';
import {
  asResponseError,
  CLOSE,
  nothingNamed,
  once,
  OPEN,
  successPieces,
  versionOf,
  type Operation,
  type OperationContext,
} from '../operation.ts';
import { withQuery } from '../service/paths.ts';
import { ATTACHMENT_SELECT, attachmentOf, CONTENT_ID, type GraphAttachment } from '../properties/attachment.ts';
import { attachmentTarget, type AttachmentTarget } from '../targets.ts';

const NAME = 'GetAttachment';
/** Of an attached message, which is held in memory while it is read. */
const MAX_ATTACHED_MIME = 50 * 1024 * 1024;

/** What the client wants of an attached message. */
interface Asked {
  readonly wanted: WantedItemProperties;
  readonly shape: ItemShape;
}

export const getAttachment: Operation = async function* (context) {
  const { request } = context;
  const element = child(request, 'AttachmentShape');
  // Without a shape an attached item comes with everything but its MIME content.
  const asked = once((): Asked => {
    const shape = { ...itemShape(element), base: 'AllProperties' as const };
    return { shape, wanted: wantedItemProperties(shape, { version: versionOf(context), inList: false }) };
  });
  const ids = children(child(request, 'AttachmentIds'));
  context.sink.items(ids.length);
  if (ids.length === 0) throw nothingNamed(NAME);
  yield OPEN;
  for (const id of ids) {
    let target: AttachmentTarget | undefined;
    try {
      const what = asked();
      target = await attachmentTarget(context, id);
      yield* successPieces(NAME, 'Attachments', await contentOf(context, target, what));
    } catch (error) {
      yield errorMessage(NAME, (await goneFrom(target, error)) ?? asResponseError(error, 'attachment'));
    }
  }
  yield CLOSE;
};

/** Exchange tells an attachment that its message has no more from a message that is gone; Graph does not. */
async function goneFrom(target: AttachmentTarget | undefined, error: unknown): Promise<ResponseError | undefined> {
  if (target === undefined || !(error instanceof GraphError) || error.status !== 404) return undefined;
  try {
    await target.scope.calls.get(target.messagePath, { $select: 'id' });
  } catch (missing) {
    if (missing instanceof GraphError) return undefined;
    throw missing;
  }
  return new ResponseError('ErrorInvalidAttachmentId', 'The message has no such attachment any more.');
}

async function contentOf(context: OperationContext, target: AttachmentTarget, asked: Asked): Promise<readonly Piece[]> {
  if (target.parsed.levels.length > 1) return nested(context, target, asked);
  const attachment = context.attachments.of(target.id) ?? (await describe(context, target));
  if (attachment.kind === 'reference')
    throw new ResponseError(
      'ErrorInvalidOperation',
      'This attachment is a link to a file elsewhere, whose content Microsoft Graph does not give.',
    );
  if (attachment.kind === 'file') {
    const bytes = await fileContent(context, target);
    return attachmentPieces(attachment, { kind: 'file', bytes }, asked.wanted.version);
  }
  const message = await readAttachedMessage(await mimeOf(target), target.parsed);
  return itemPieces(attachment, message, asked);
}

async function describe({ attachments }: OperationContext, target: AttachmentTarget): Promise<Attachment> {
  const path = withQuery(`${target.messagePath}/attachments/${target.segment}`, {
    $select: `${ATTACHMENT_SELECT},${CONTENT_ID}`,
  });
  const attachment = attachmentOf(await target.scope.calls.get<GraphAttachment>(path));
  attachments.note([attachment]);
  return { ...attachment, id: target.id };
}

/** An attachment of an attached message, to any depth: all of them are in the MIME of the outermost one. */
async function nested(_context: OperationContext, target: AttachmentTarget, asked: Asked): Promise<readonly Piece[]> {
  const { parsed } = target;
  const [outermost = '', ...levels] = parsed.levels;
  const bytes = await mimeOf(target);
  let id = { ...parsed, levels: [outermost] };
  let message = await readAttachedMessage(bytes, id);
  for (const [depth, level] of levels.entries()) {
    const found = attachmentAt(message, level);
    const listed = message.message.attachments?.[message.attachments.indexOf(found)];
    const attachment = { ...attachmentOf(listed as GraphAttachment), id: target.id };
    const isLast = depth === levels.length - 1;
    if (isLast && !found.isMessage)
      return attachmentPieces(attachment, { kind: 'file', bytes: found.content }, asked.wanted.version);
    if (!found.isMessage) break;
    id = { ...parsed, levels: parsed.levels.slice(0, depth + 2) };
    message = await readAttachedMessage(found.content, id);
    if (isLast) return itemPieces(attachment, message, asked);
  }
  throw new ResponseError('ErrorInvalidAttachmentId', 'The specified attachment could not be found.');
}

function itemPieces(
  attachment: Attachment,
  { message, mime }: AttachedMessage,
  { wanted, shape }: Asked,
): readonly Piece[] {
  const content = wanted.has('item:MimeContent') ? { content: mime } : undefined;
  const item = messagePieces({ ...viewOf(message), unfiltered: true }, wanted, { mime: content, shape });
  return attachmentPieces(attachment, { kind: 'item', item }, wanted.version);
}

/** Of an attached message. */
async function mimeOf(target: AttachmentTarget): Promise<Buffer> {
  const mime = await readBounded(
    await target.scope.calls.stream(contentPath(target, target.segment)),
    MAX_ATTACHED_MIME,
  );
  if (mime !== undefined) return mime;
  throw new ResponseError('ErrorMessageSizeExceeded', 'The attached message is too large to be read.');
}
