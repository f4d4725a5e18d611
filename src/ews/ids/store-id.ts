/**
 * StoreId, as PowerShell shows it of folders (`LgAAAA…`) and the Outlook Web App of Exchange 2010 of items (`RgAAAA…`):
 * the length of the entry id, the entry id, and the kind of object.
 *
 * @see https://learn.microsoft.com/purview/ediscovery-use-content-search-for-targeted-collections (FolderId)
 */
import { decodeBase64 } from './base64.ts';
import { FOLDER_ENTRY_ID, MESSAGE_ENTRY_ID, readEntryId, writeEntryId, type EntryId } from './entry-id.ts';

/** Kinds: a plain folder and a message. Which others there are depends on classes, which no id tells. */
const FOLDER = 1;
const MESSAGE = 9;
const LONGEST = Math.ceil((MESSAGE_ENTRY_ID + 2) / 3) * 4;

/** @returns undefined where the text is no store id; its kind of object is not judged */
export function readStoreId(text: string): EntryId | undefined {
  const bytes = decodeBase64(text, LONGEST);
  if (bytes === undefined || bytes[0] !== bytes.length - 2) return undefined;
  return readEntryId(bytes.subarray(1, -1));
}

export function writeStoreId(entry: EntryId): string {
  const isFolder = entry.message === undefined;
  const length = isFolder ? FOLDER_ENTRY_ID : MESSAGE_ENTRY_ID;
  return Buffer.concat([Buffer.of(length), writeEntryId(entry), Buffer.of(isFolder ? FOLDER : MESSAGE)]).toString(
    'base64',
  );
}
