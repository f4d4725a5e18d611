/**
 * Entry ids of folders and messages, which are the core of every item id.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcdata/ (2.2.4.1 Folder EntryID, 2.2.4.2
 *   Message EntryID)
 */

/** Names a folder or message in a store (MS-OXCDATA LongTermID). */
export interface LongTermId {
  /** Replica GUID: 16 bytes as hexadecimal text, in the order in which they stand in the entry id. */
  readonly replica: string;
  /** Rises with each object of the replica; at most 48 bits. */
  readonly counter: number;
}

/** What an entry id says. */
export interface EntryId {
  /** Provider UID, by which a client finds the store: 16 bytes as hexadecimal text. */
  readonly provider: string;
  readonly folder: LongTermId;
  /** Undefined: the entry id is the folder's own. */
  readonly message?: LongTermId;
}

/** Bytes of a folder's entry id. */
export const FOLDER_ENTRY_ID = 46;
/** Bytes of a message's entry id. */
export const MESSAGE_ENTRY_ID = 70;
const LONG_TERM_ID = 24;
/** Where the provider UID, the object type and the folder stand; before them are four bytes of flags. */
const PROVIDER = 4;
const TYPE = 20;
const FOLDER = 22;
/** Object types of a mailbox's own folders and messages; public folders have others. */
const FOLDER_TYPE = 0x01;
const MESSAGE_TYPE = 0x07;

/** @returns 46 bytes for a folder, 70 for a message */
export function writeEntryId({ provider, folder, message }: EntryId): Buffer {
  const bytes = Buffer.alloc(message === undefined ? FOLDER_ENTRY_ID : MESSAGE_ENTRY_ID);
  bytes.write(provider, PROVIDER, 'hex');
  bytes.writeUInt16LE(message === undefined ? FOLDER_TYPE : MESSAGE_TYPE, TYPE);
  writeLongTermId(bytes, FOLDER, folder);
  if (message !== undefined) writeLongTermId(bytes, FOLDER + LONG_TERM_ID, message);
  return bytes;
}

/** @returns undefined where the bytes are no entry id of a folder or message of a mailbox */
export function readEntryId(bytes: Buffer): EntryId | undefined {
  if (bytes.length !== FOLDER_ENTRY_ID && bytes.length !== MESSAGE_ENTRY_ID) return undefined;
  const type = bytes.length === FOLDER_ENTRY_ID ? FOLDER_TYPE : MESSAGE_TYPE;
  if (bytes.readUInt32LE(0) !== 0 || bytes.readUInt16LE(TYPE) !== type) return undefined;
  const folder = readLongTermId(bytes, FOLDER);
  if (folder === undefined) return undefined;
  const provider = bytes.toString('hex', PROVIDER, TYPE);
  if (type === FOLDER_TYPE) return { provider, folder };
  const message = readLongTermId(bytes, FOLDER + LONG_TERM_ID);
  return message === undefined ? undefined : { provider, folder, message };
}

/** Writes replica GUID, counter and two bytes of padding. */
export function writeLongTermId(bytes: Buffer, offset: number, { replica, counter }: LongTermId): void {
  bytes.write(replica, offset, 'hex');
  bytes.writeUIntBE(counter, offset + 16, 6);
}

/** @returns undefined where the padding is not zero */
export function readLongTermId(bytes: Buffer, offset: number): LongTermId | undefined {
  if (bytes.readUInt16LE(offset + 22) !== 0) return undefined;
  return { replica: bytes.toString('hex', offset, offset + 16), counter: bytes.readUIntBE(offset + 16, 6) };
}
