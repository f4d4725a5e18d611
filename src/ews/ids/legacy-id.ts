/**
 * Ids of Exchange 2007 without a service pack (EwsLegacyId): as today's, but for the mailbox, which is its address and
 * not its GUID.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwsitemid/ (MailboxItemSmtpAddressBased)
 */
import { decodeBase64 } from './base64.ts';
import { readEntryId, writeEntryId, type EntryId } from './entry-id.ts';
import { compress, decompress } from './run-length.ts';

export interface LegacyId {
  /** SMTP address of the mailbox. */
  readonly address: string;
  readonly entry: EntryId;
}

const STORAGE_ADDRESS = 0;
/** Bytes of the longest id, after decompression. */
const LONGEST = 1024;

/** @returns undefined where the text is no such id */
export function readLegacyId(text: string): LegacyId | undefined {
  const bytes = decodeBase64(text, Math.ceil((LONGEST + 1) / 3) * 4);
  if (bytes === undefined || (bytes[0] !== 0 && bytes[0] !== 1)) return undefined;
  const payload = bytes[0] === 0 ? bytes.subarray(1) : decompress(bytes.subarray(1), LONGEST);
  if (payload === undefined || payload[0] !== STORAGE_ADDRESS || payload.length < 3) return undefined;
  const end = 3 + payload.readUInt16LE(1);
  // Behind the address: the instruction, the length of the entry id and the entry id itself.
  if (end + 3 > payload.length || payload[end] !== 0) return undefined;
  if (payload.readUInt16LE(end + 1) !== payload.length - end - 3) return undefined;
  const entry = readEntryId(payload.subarray(end + 3));
  return entry === undefined ? undefined : { address: payload.toString('utf8', 3, end), entry };
}

export function writeLegacyId({ address, entry }: LegacyId): string {
  const [mailbox, store] = [Buffer.from(address), writeEntryId(entry)];
  const payload = Buffer.concat([
    Buffer.of(STORAGE_ADDRESS),
    lengthOf(mailbox),
    mailbox,
    Buffer.of(0),
    lengthOf(store),
    store,
  ]);
  const compressed = compress(payload);
  return (
    compressed.length < payload.length
      ? Buffer.concat([Buffer.of(1), compressed])
      : Buffer.concat([Buffer.of(0), payload])
  ).toString('base64');
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(bytes.length);
  return length;
}
