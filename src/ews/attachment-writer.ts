/**
 * Attachments as elements, with and without their content.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getattachment-operation
 */
import { ATTACHMENT_ROWS, FILE_ATTACHMENT_ROWS, type AttachmentFieldUri } from './properties/attachment.ts';
import { PieceList, type Piece } from './properties/pieces.ts';
import { properties, type EwsProperty } from './properties/types.ts';
import type { Attachment, AttachmentId, BinaryContent, PropertyValue } from './properties/values.ts';
import { isAtLeast, type SchemaVersion } from './properties/versions.ts';
import { isSimple, withAttributes, writeValue } from './properties/write-value.ts';
import { element, trustedMarkup, type XmlFragment } from './xml.ts';

const COMMON = properties(ATTACHMENT_ROWS);
const OF_FILES = properties(FILE_ATTACHMENT_ROWS);

const ELEMENTS = { file: 'FileAttachment', item: 'ItemAttachment', reference: 'ReferenceAttachment' } as const;

/** Whether clients of this version know attachments of this kind; the others are left out of their lists. */
export function isKnownAttachment({ kind }: Attachment, version: SchemaVersion): boolean {
  return kind !== 'reference' || isAtLeast(version, 'Exchange2015');
}

/** `t:Attachments` as items have it, undefined where there are none to show. */
export function attachmentList(attachments: readonly Attachment[], version: SchemaVersion): XmlFragment | undefined {
  const known = attachments.filter((attachment) => isKnownAttachment(attachment, version));
  if (known.length === 0) return undefined;
  return element(
    'Attachments',
    known.map((attachment) => {
      const name = ELEMENTS[attachment.kind];
      return trustedMarkup(`<t:${name}>${describe(attachment, version)}</t:${name}>`);
    }),
  );
}

/** What GetAttachment adds to a description: a file's bytes, or an attached item as its writer made it. */
export type AttachmentContent =
  { readonly kind: 'file'; readonly bytes: BinaryContent } | { readonly kind: 'item'; readonly item: readonly Piece[] };

/**
 * One attachment as GetAttachment gives it: a file's content comes last, some clients stop reading there.
 *
 * @throws TypeError where the content is not of the attachment's kind
 */
export function attachmentPieces(
  attachment: Attachment,
  content: AttachmentContent,
  version: SchemaVersion,
): readonly Piece[] {
  if (attachment.kind !== content.kind) throw new TypeError(`a ${attachment.kind} attachment has no such content`);
  const name = ELEMENTS[attachment.kind];
  const pieces = new PieceList().add(`<t:${name}>${describe(attachment, version)}`);
  if (content.kind === 'item') pieces.addAll(content.item);
  else pieces.add('<t:Content>').addBase64(content.bytes).add('</t:Content>');
  return pieces.add(`</t:${name}>`).finish();
}

/** One attachment as CreateAttachment gives it: its id, and what became of the item it is attached to. */
export function createdAttachment(kind: Attachment['kind'], id: AttachmentId): XmlFragment {
  const name = ELEMENTS[kind];
  const attributes = { Id: id.id, RootItemId: id.rootItemId, RootItemChangeKey: id.rootItemChangeKey };
  return trustedMarkup(`<t:${name}>${withAttributes('AttachmentId', attributes)}</t:${name}>`);
}

function describe(attachment: Attachment, version: SchemaVersion): string {
  const rows: readonly EwsProperty<AttachmentFieldUri>[] =
    attachment.kind === 'file' ? [...COMMON, ...OF_FILES] : COMMON;
  let markup = '';
  for (const property of rows) {
    if (!isSimple(property) || !isAtLeast(version, property.since)) continue;
    const value = valueOf(attachment, property.uri);
    if (value !== undefined) markup += writeValue(property, value, version)?.markup ?? '';
  }
  return markup;
}

function valueOf(attachment: Attachment, uri: AttachmentFieldUri): PropertyValue | undefined {
  switch (uri) {
    case 'attachment:AttachmentId':
      return { id: attachment.id };
    case 'attachment:Name':
      return attachment.name;
    case 'attachment:ContentType':
      return attachment.contentType;
    case 'attachment:ContentId':
      return attachment.contentId;
    case 'attachment:ContentLocation':
      return attachment.contentLocation;
    case 'attachment:Size':
      return attachment.size;
    case 'attachment:LastModifiedTime':
      return attachment.lastModifiedTime;
    case 'attachment:IsInline':
      return attachment.isInline;
    case 'attachment:IsContactPhoto':
      return attachment.isContactPhoto ?? false;
    case 'attachment:AttachmentOriginalUrl':
    case 'attachment:Content':
      return undefined;
  }
}
