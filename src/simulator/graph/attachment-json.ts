/**
 * Attachments as Graph shows them.
 *
 * @see https://learn.microsoft.com/graph/api/resources/attachment
 */
import { toGraphAlphabet } from '../../ews/ids/alphabet.ts';
import type { Attachment, Item, MessageContent } from '../mailbox/types.ts';
import type { Call, Preferences } from './call.ts';
import { GraphError, itemNotFound } from './errors.ts';
import { readId } from './ids.ts';
import { contentJson, dateJson, type Json } from './content-json.ts';

const TYPES = { file: 'fileAttachment', item: 'itemAttachment', reference: 'referenceAttachment' } as const;

/** Bytes that the store needs for an attachment besides its content [thread docs-contrib#4601: 816 became 1053]. */
const OVERHEAD = 237;

const SCAN_NOTICE = Buffer.from('Safe Attachments Scan In Progress');

/** A message's attachments; new mail's are replaced while they are scanned [thread msgraph-sdk-dotnet#2416]. */
export function attachmentsOf({ service }: Call, item: Item): readonly Attachment[] {
  const { safeAttachmentsScan } = service.settings;
  if (item.isDraft || item.attachments.length === 0 || item.createdAt.getTime() + safeAttachmentsScan <= Date.now())
    return item.attachments;
  const [first] = item.attachments;
  if (first === undefined) return [];
  const { id, level, modifiedAt } = first;
  return [
    {
      kind: 'file',
      id,
      level,
      modifiedAt,
      name: 'Safe Attachments Scan In Progress',
      contentId: undefined,
      contentLocation: undefined,
      contentType: 'text/plain',
      isInline: false,
      size: SCAN_NOTICE.length,
      content: SCAN_NOTICE,
    },
  ];
}

/** @throws GraphError ErrorItemNotFound */
export function findAttachment(call: Call, item: Item, id = call.param('attachment')): Attachment {
  const { ews, parsed } = readId(call.mailbox, id);
  if (parsed.kind !== 'attachment') throw itemNotFound();
  // Those inside attached items have no address of their own [doc attachment-get].
  const found = attachmentsOf(call, item).find((attachment) => attachment.id === ews);
  if (found === undefined) throw itemNotFound();
  return found;
}

/** Without a $select the content of files comes with it [thread docs-contrib#4601]. */
export function attachmentJson(
  { prefer }: Call,
  attachment: Attachment,
  { select, withItem = false }: { readonly select: readonly string[] | undefined; readonly withItem?: boolean },
): Json {
  return attachmentOf(attachment, prefer, select, withItem);
}

function attachmentOf(
  attachment: Attachment,
  prefer: Preferences,
  select: readonly string[] | undefined,
  withItem: boolean,
): Json {
  const { kind } = attachment;
  const all: Json = {
    id: toGraphAlphabet(attachment.id),
    lastModifiedDateTime: dateJson(attachment.modifiedAt),
    name: attachment.name,
    contentType: kind === 'file' ? attachment.contentType : null,
    size: attachment.size + OVERHEAD,
    isInline: attachment.isInline,
    ...(kind === 'file'
      ? {
          contentId: attachment.contentId ?? null,
          contentLocation: null,
          contentBytes: attachment.content.toString('base64'),
        }
      : {}),
  };
  const shown = select === undefined ? all : pick(all, ['id', ...select]);
  return {
    '@odata.type': `#microsoft.graph.${TYPES[kind]}`,
    '@odata.mediaContentType': attachment.contentType,
    ...shown,
    ...(withItem && kind === 'item' ? { item: itemJson(attachment.item, prefer) } : {}),
  };
}

/** The attached message with its own attachments, to any depth [doc attachment-get]. */
function itemJson(content: MessageContent, prefer: Preferences): Json {
  return {
    ...contentJson(content, prefer),
    attachments: content.attachments.map((inner) => attachmentOf(inner, prefer, undefined, true)),
  };
}

function pick(json: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(json).filter(([name]) => names.includes(name)));
}

/** [doc attachment-get] A link has no content that Graph would hand out. */
export const noContent = (): GraphError =>
  new GraphError(405, 'ErrorInvalidRequest', 'The reference attachment has no raw content.');
