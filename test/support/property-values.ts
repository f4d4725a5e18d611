/** A value of every kind that an EWS property may have. */
import type { EwsProperty } from '../../src/ews/properties/types.ts';
import type { PropertyKind, PropertyValue, PropertyValues } from '../../src/ews/properties/values.ts';

const DATE = new Date('2026-01-02T03:04:05.678Z');
const ALICE = { name: 'Alice', address: 'alice@example.org', mailboxType: 'Mailbox' } as const;
const BOB = { name: 'Bob', address: undefined } as const;

/** @param text stands wherever a value is free text */
export function valueOfKind(property: EwsProperty, text = 'text'): PropertyValue | undefined {
  const values: { readonly [Kind in Exclude<PropertyKind, 'unserved'>]: PropertyValues[Kind] } = {
    string: property.uri === 'folder:DistinguishedFolderId' ? 'inbox' : text,
    language: 'de-DE',
    boolean: true,
    int: 3_000_000_000,
    dateTime: DATE,
    enum: property.values.at(-1) ?? '',
    binary: Buffer.from(text || 'binary').toString('base64'),
    strings: [text, 'second'],
    mailbox: { ...ALICE, name: text },
    recipients: [ALICE, { name: text, address: text }, BOB],
    attendees: [{ mailbox: { ...ALICE, name: text }, responseType: 'Accept', lastResponseTime: DATE }],
    body: { type: 'HTML', text, isTruncated: true },
    headers: [
      { name: text, value: text },
      { name: 'Date', value: 'today' },
    ],
    itemId: { id: text, changeKey: text },
    folderId: { id: text },
    attachmentId: { id: text },
    attachments: (['file', 'item', 'reference'] as const).map((kind) => ({
      kind,
      id: text,
      name: text,
      contentType: text,
      contentId: text,
      contentLocation: text,
      size: 12,
      lastModifiedTime: DATE,
      isInline: true,
    })),
    flag: { status: 'Flagged', startDate: DATE, dueDate: DATE, completeDate: DATE },
    effectiveRights: {
      createAssociated: false,
      createContents: true,
      createHierarchy: true,
      delete: true,
      modify: true,
      read: true,
      viewPrivateItems: true,
    },
    responseObjects: ['ReplyToItem', 'SuppressReadReceipt', 'ProposeNewTime'],
    retentionTag: { id: '01234567-89ab-cdef-0123-456789abcdef', isExplicit: true },
    mime: { content: Buffer.from(text || 'mime') },
    content: Buffer.from(text),
  };
  return property.kind === 'unserved' ? undefined : values[property.kind];
}
