/**
 * Ids in the formats of ConvertId, which all hold the same entry id.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/alternateid
 */
import { decodeBase64 } from './base64.ts';
import { parseId, writeId, type FolderId, type ItemId } from './item-id.ts';
import { readEntryId, writeEntryId } from './entry-id.ts';

/** The longest id in hexadecimal digits. */
const LONGEST = 4_096;

/**
 * @param from EwsId, EwsLegacyId, EntryId (base64), HexEntryId or OwaId
 * @param mailbox GUID for formats in which none stands
 * @returns undefined where the id is malformed or the format has no such id
 */
export function convertedId(id: string, from: string, to: string, mailbox: string | undefined): string | undefined {
  if (id === '' || id.length > LONGEST) return undefined;
  const parsed = read(id, from, mailbox);
  if (parsed === undefined) return undefined;
  if (from === to) return id;
  switch (to) {
    case 'EwsId':
    case 'EwsLegacyId':
      return writeId(parsed, 'shortest');
    case 'OwaId':
      return encodeURIComponent(writeId(parsed, 'shortest'));
    case 'EntryId':
      return writeEntryId(parsed).toString('base64');
    case 'HexEntryId':
      return writeEntryId(parsed).toString('hex').toUpperCase();
    default:
      return undefined;
  }
}

function read(id: string, format: string, mailbox: string | undefined): FolderId | ItemId | undefined {
  switch (format) {
    case 'EwsId':
    case 'EwsLegacyId':
      return objectOf(id);
    case 'OwaId':
      return objectOf(decoded(id));
    case 'EntryId':
      return fromEntryId(decodeBase64(id, LONGEST), mailbox);
    case 'HexEntryId':
      return /^(?:[0-9a-f]{2})+$/i.test(id) ? fromEntryId(Buffer.from(id, 'hex'), mailbox) : undefined;
    default:
      return undefined;
  }
}

function objectOf(id: string): FolderId | ItemId | undefined {
  const parsed = parseId(id);
  return parsed?.kind === 'folder' || parsed?.kind === 'item' ? parsed : undefined;
}

function fromEntryId(bytes: Buffer | undefined, mailbox: string | undefined): FolderId | ItemId | undefined {
  const entry = bytes === undefined ? undefined : readEntryId(bytes);
  if (entry === undefined || mailbox === undefined) return undefined;
  const { message, ...folder } = entry;
  if (message === undefined) return { kind: 'folder', mailbox, ...folder };
  return { kind: 'item', mailbox, ...folder, message, instruction: 0 };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
