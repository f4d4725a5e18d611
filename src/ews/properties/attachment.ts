/**
 * Properties of attachments, in the order of types.xsd (AttachmentType, FileAttachmentType). EWS has no
 * FieldURIs for them: the names here are the gateway's own, and no request can have them.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/fileattachment
 */
import type { PropertyRow } from './types.ts';
import type { ValueOfRow } from './values.ts';

const ALL = { shape: 'AllProperties' } as const;

/** What attachments of all kinds have. */
export const ATTACHMENT_ROWS = [
  { uri: 'attachment:AttachmentId', kind: 'attachmentId', shape: 'IdOnly' },
  { uri: 'attachment:Name', kind: 'string', ...ALL, settable: 'create' },
  { uri: 'attachment:ContentType', kind: 'string', ...ALL, settable: 'create' },
  { uri: 'attachment:ContentId', kind: 'string', ...ALL, settable: 'create' },
  { uri: 'attachment:ContentLocation', kind: 'string', ...ALL, settable: 'create' },
  { uri: 'attachment:AttachmentOriginalUrl', kind: 'unserved', since: 'Exchange2016' },
  { uri: 'attachment:Size', kind: 'int', ...ALL, since: 'Exchange2010' },
  { uri: 'attachment:LastModifiedTime', kind: 'dateTime', ...ALL, since: 'Exchange2010' },
  { uri: 'attachment:IsInline', kind: 'boolean', ...ALL, since: 'Exchange2010', settable: 'create' },
] as const satisfies readonly PropertyRow[];

/** What FileAttachmentType adds. */
export const FILE_ATTACHMENT_ROWS = [
  { uri: 'attachment:IsContactPhoto', kind: 'boolean', ...ALL, since: 'Exchange2010', settable: 'create' },
  { uri: 'attachment:Content', kind: 'content', inList: false, settable: 'create' },
] as const satisfies readonly PropertyRow[];

/** The row of an attachment's property, as a type. */
export type AttachmentRow = (typeof ATTACHMENT_ROWS)[number] | (typeof FILE_ATTACHMENT_ROWS)[number];

export type AttachmentFieldUri = AttachmentRow['uri'];
/** The type of a property's value. */
export type AttachmentValue<Uri extends AttachmentFieldUri> = ValueOfRow<Extract<AttachmentRow, { readonly uri: Uri }>>;
