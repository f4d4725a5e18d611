/** Requests of programs, and what their answers say, for flows over both backends. */
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { fill, type SeededMessage } from './find-item-requests.ts';

export const PAGE_OF = (count: number, offset = 0): string =>
  `<m:IndexedPageItemView MaxEntriesReturned="${count}" Offset="${offset}" BasePoint="Beginning"/>`;
export const INBOX = '<t:DistinguishedFolderId Id="inbox"/>';
export const UNREAD =
  '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="message:IsRead"/><t:FieldURIOrConstant>' +
  '<t:Constant Value="false"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>';
export const EXTENDED =
  '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Imported" PropertyType="String"/>';
export const KEYWORDS =
  '<t:ExtendedFieldURI PropertySetId="11111111-2222-3333-4444-555555555555" PropertyName="Pages" ' +
  'PropertyType="Integer"/>';

export const field = (...uris: readonly string[]): string =>
  `<t:AdditionalProperties>${uris.map(pathOf).join('')}</t:AdditionalProperties>`;
export const pathOf = (uri: string): string => (uri.startsWith('<') ? uri : `<t:FieldURI FieldURI="${uri}"/>`);
export const findItem = (view: string, more = '', fields = field('item:Subject')): string =>
  `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>${fields}</m:ItemShape>${view}` +
  `${more}<m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindItem>`;
export const getItem = (ids: readonly string[], fields: string): string =>
  `<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape>${fields}</m:ItemShape>` +
  `<m:ItemIds>${list(ids)}</m:ItemIds></m:GetItem>`;
export const getAttachment = (id: string): string =>
  `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:GetAttachment>`;
export const update = (id: string, ...changes: readonly string[]): string =>
  '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>' +
  `${list([id])}<t:Updates>${changes.join('')}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`;
export const set = (path: string, value: string): string =>
  `<t:SetItemField>${path}<t:Message>${value}</t:Message></t:SetItemField>`;
export const READ = set('<t:FieldURI FieldURI="message:IsRead"/>', '<t:IsRead>true</t:IsRead>');
export const list = (ids: readonly string[]): string => ids.map((id) => `<t:ItemId Id="${id}"/>`).join('');
export const idsIn = (text: string): string[] => [...text.matchAll(/<t:ItemId Id="([^"]+)"/g)].map(([, id = '']) => id);
export const attachmentsIn = (text: string): string[] =>
  [...text.matchAll(/<t:AttachmentId Id="([^"]+)"/g)].map(([, id = '']) => id);
export const move = (ids: readonly string[], folder: string): string =>
  `<m:MoveItem><m:ToFolderId>${folder}</m:ToFolderId><m:ItemIds>${list(ids)}</m:ItemIds></m:MoveItem>`;
export const createFolder = (parent: string, name: string): string =>
  `<m:CreateFolder><m:ParentFolderId>${parent}</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>${name}` +
  '</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>';
export const getFolder = (folder: string): string =>
  `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>${folder}` +
  '</m:FolderIds></m:GetFolder>';
export const at = (minute: number): { receivedAt: Date; createdAt: Date } => {
  const receivedAt = new Date(Date.UTC(2026, 0, 1, 8, minute));
  return { receivedAt, createdAt: receivedAt };
};

export const many =
  (count: number) =>
  (mailbox: Mailbox): void =>
    fill(
      mailbox,
      Array.from({ length: count }, (_, index): SeededMessage => ({
        subject: `Scan ${index}`,
        received: index,
        isRead: false,
        importance: 'normal',
        categories: ['Red'],
        length: 1,
      })),
    );

export const calendar = (method: string, partstat?: string): Buffer =>
  Buffer.from(
    [
      'From: Organizer <boss@fabrikam.test>',
      'To: alice@contoso.test',
      `Subject: ${method} ${partstat ?? ''}`,
      'Date: Thu, 01 Jan 2026 08:00:00 +0000',
      'MIME-Version: 1.0',
      `Content-Type: text/calendar; method=${method}; charset=utf-8`,
      '',
      'BEGIN:VCALENDAR',
      `METHOD:${method}`,
      'BEGIN:VEVENT',
      'UID:1@fabrikam.test',
      'DTSTART:20260102T090000Z',
      'DTEND:20260102T100000Z',
      'LOCATION:Room 1',
      `ATTENDEE${partstat === undefined ? '' : `;PARTSTAT=${partstat}`}:mailto:alice@contoso.test`,
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n'),
  );
