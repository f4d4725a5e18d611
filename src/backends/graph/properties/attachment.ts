/**
 * Attachments as Graph lists them.
 *
 * @see https://learn.microsoft.com/graph/api/resources/attachment
 */
import type { Attachment as AttachmentOfGraph } from '@microsoft/microsoft-graph-types';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import type { Attachment } from '../../../ews/properties/values.ts';
import { date, text } from './values.ts';

export type GraphAttachment = AttachmentOfGraph & {
  readonly 'id'?: string;
  readonly '@odata.type'?: string;
  readonly 'contentId'?: string | null;
};

/** Everything but the content, which a list without `$select` would bring along. */
export const ATTACHMENT_SELECT = 'id,name,contentType,size,isInline,lastModifiedDateTime';
export const CONTENT_ID = 'microsoft.graph.fileAttachment/contentId';

const KINDS: Readonly<Record<string, Attachment['kind']>> = {
  '#microsoft.graph.itemAttachment': 'item',
  '#microsoft.graph.referenceAttachment': 'reference',
};

export function attachmentsOf(list: readonly GraphAttachment[] | null | undefined): Attachment[] | undefined {
  return list === null || list === undefined || list.length === 0 ? undefined : list.map(attachmentOf);
}

export function attachmentOf(attachment: GraphAttachment): Attachment {
  const kind = KINDS[attachment['@odata.type'] ?? ''] ?? 'file';
  return {
    kind,
    id: toEwsAlphabet(attachment.id ?? ''),
    name: attachment.name ?? '',
    contentType: text(attachment.contentType) ?? (kind === 'item' ? 'message/rfc822' : undefined),
    contentId: text(attachment.contentId)?.replace(/^<|>$/g, ''),
    size: attachment.size ?? 0,
    lastModifiedTime: date(attachment.lastModifiedDateTime),
    isInline: attachment.isInline === true,
  };
}
