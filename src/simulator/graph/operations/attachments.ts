/**
 * @see https://learn.microsoft.com/graph/api/message-list-attachments
 * @see https://learn.microsoft.com/graph/api/attachment-get
 * @see https://learn.microsoft.com/graph/api/attachment-createuploadsession
 */
import { writeMime } from '../../mailbox/mime-writer.ts';
import type { Attachment } from '../../mailbox/types.ts';
import { attachmentJson, attachmentsOf, findAttachment, noContent } from '../attachment-json.ts';
import { readAttachment } from '../attachment-input.ts';
import { checkParameters } from '../body-check.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { GraphError, invalidFilterNodes, undeserializable } from '../errors.ts';
import { readMessage } from '../message-input.ts';
import { entityJson, link, listJson } from '../paging.ts';
import { messageOf } from './get-message.ts';

/** [doc outlook-large-attachments] Below, a POST; above the second, nothing. */
const SMALLEST_UPLOAD = 3 * 1024 * 1024;
const LARGEST_UPLOAD = 150 * 1024 * 1024;

export function listAttachments(call: Call): GraphAnswer {
  const options = call.options('attachment');
  if (options.filter !== undefined) throw invalidFilterNodes();
  const all = attachmentsOf(call, messageOf(call));
  const end = options.skip + (options.top ?? all.length);
  const rows = all.slice(options.skip, end).map((one) => attachmentJson(call, one, options));
  const nextLink = end < all.length ? link(call, { $skip: String(end) }) : undefined;
  return { status: 200, json: listJson(call, { rows, nextLink }) };
}

export function getAttachment(call: Call): GraphAnswer {
  const { select, expand } = call.options('attachment');
  const attachment = findAttachment(call, messageOf(call));
  const withItem = expand.some(({ name }) => name === 'item');
  return { status: 200, json: entityJson(call, attachmentJson(call, attachment, { select, withItem })) };
}

export async function getAttachmentValue(call: Call): Promise<GraphAnswer> {
  const attachment = findAttachment(call, messageOf(call));
  return { status: 200, headers: { 'content-type': attachment.contentType }, bytes: await contentOf(attachment) };
}

async function contentOf(attachment: Attachment): Promise<Buffer> {
  if (attachment.kind === 'reference') throw noContent();
  if (attachment.kind === 'file') return attachment.content;
  return attachment.item.mime ?? writeMime(attachment.item, { keepBcc: true });
}

export function createAttachment(call: Call): GraphAnswer {
  const item = messageOf(call);
  requireChangeable(call, item.isDraft);
  const attachment = readAttachment(call.json(), call, (item) => readMessage(item, call).parts);
  const { attachments } = call.mailbox.addAttachments(item.id, [attachment]);
  const [added] = attachments;
  if (added === undefined) throw undeserializable();
  return { status: 201, json: entityJson(call, attachmentJson(call, added, { select: undefined })) };
}

export function deleteAttachment(call: Call): GraphAnswer {
  const item = messageOf(call);
  requireChangeable(call, item.isDraft);
  call.mailbox.removeAttachment(findAttachment(call, item).id);
  return { status: 204 };
}

function requireChangeable({ service }: Call, isDraft: boolean): void {
  if (!isDraft && service.behaviour.attachmentsOfNonDrafts === 'fixed')
    throw new GraphError(400, 'ErrorInvalidPropertySet', 'Message is not draft.');
}

export function createUploadSession(call: Call): GraphAnswer {
  const { id } = messageOf(call);
  const parameters = checkParameters(call.json(), 'Collection(attachment)', 'createUploadSession', call.service);
  const plan = parameters.get('attachmentitem') as Readonly<Record<string, unknown>> | undefined;
  const { name, size, contentType, contentId } = plan ?? {};
  if (typeof name !== 'string' || typeof size !== 'number' || String(plan?.['attachmentType']).toLowerCase() !== 'file')
    throw undeserializable();
  // [thread microsoft-graph-docs#9589]
  if (size < SMALLEST_UPLOAD)
    throw new GraphError(
      400,
      'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize',
      'Attachment size should not be less than the minimum size.',
    );
  if (size > LARGEST_UPLOAD)
    throw new GraphError(400, 'ErrorMessageSizeExceeded', 'The message exceeds the maximum supported size.');
  const session = call.service.uploads.open({
    mailbox: call.mailbox,
    itemId: id,
    name,
    size,
    contentType: typeof contentType === 'string' ? contentType : 'application/octet-stream',
    contentId: typeof contentId === 'string' ? contentId : undefined,
    isInline: plan?.['isInline'] === true,
  });
  return { status: 201, json: entityJson(call, session) };
}
