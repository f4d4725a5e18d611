/**
 * Ids of folders, items, attachments and conversations, as Exchange builds them: not opaque, but mailbox GUID, folder
 * and message in one. So an attachment id tells its message, a message id its folder, and every id its mailbox, without
 * a call to anyone.
 *
 * An id is base64 (./alphabet.ts for Graph's spelling) of
 *
 * | field             | bytes                                                                                      |
 * | ----------------- | ------------------------------------------------------------------------------------------ |
 * | compression       | 1: 0 plain, 1 run-length coded from the next byte on (./run-length.ts)                     |
 * | storage type      | 1: 3 folder or item, 4 conversation, 9 immutable                                           |
 * | mailbox GUID      | 2 of length (little-endian, 36), then ASCII text; not in immutable ids                     |
 * | instruction       | 1: 0, for an occurrence of a recurring item others                                         |
 * | store id          | 2 of length, then 46 for a folder, 70 for an item (./entry-id.ts), 16 for a conversation   |
 * | attachment levels | only in attachment ids: 1 of count, then each level's 2 of length and bytes, 18 today      |
 *
 * Parsing follows the length fields; nothing is cut at a fixed place. It is linear in an input of bounded length.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwsitemid/
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcext/ (2.2.6.1)
 */
import { decodeBase64 } from './base64.ts';
import {
  readEntryId,
  readLongTermId,
  writeEntryId,
  writeLongTermId,
  type EntryId,
  type LongTermId,
} from './entry-id.ts';
import { compress, decompress } from './run-length.ts';

/** A folder of a mailbox. */
export interface FolderId {
  readonly kind: 'folder';
  /** The mailbox's ExchangeGuid; for consumers derived from the account's PUID. */
  readonly mailbox: string;
  readonly provider: string;
  readonly folder: LongTermId;
}

/** An item in a folder; both may have changed since the id was issued. */
export interface ItemId {
  readonly kind: 'item';
  readonly mailbox: string;
  readonly provider: string;
  readonly folder: LongTermId;
  readonly message: LongTermId;
  /** 0, for an occurrence of a recurring item others. */
  readonly instruction: number;
}

/** An attachment of an item, or an attachment of the item in an attachment. */
export interface AttachmentId {
  readonly kind: 'attachment';
  readonly item: ItemId;
  /** From the outermost attachment inwards, each as hexadecimal text; one at least. */
  readonly levels: readonly string[];
}

/** A conversation; Graph's conversationId has the same form. */
export interface ConversationId {
  readonly kind: 'conversation';
  readonly mailbox: string;
  /** 16 bytes as hexadecimal text. */
  readonly conversation: string;
}

/** An item in Graph's immutable form, which EWS clients do not know: neither mailbox nor folder stand in it. */
export interface ImmutableId {
  readonly kind: 'immutable';
  readonly item: LongTermId;
}

export type ParsedId = FolderId | ItemId | AttachmentId | ConversationId | ImmutableId;

/** `shortest` is what Exchange gives out: compressed only where that makes the id shorter. */
export type IdForm = 'plain' | 'compressed' | 'shortest';

/** Bytes of the longest id, after decompression. */
const LONGEST = 1024;
const STORAGE_MAILBOX = 3;
const STORAGE_CONVERSATION = 4;
const STORAGE_IMMUTABLE = 9;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const GUID_LENGTH = 36;
/** What stands in an immutable id before the object: flags, a provider UID that never differs, and the type 0x0D. */
const IMMUTABLE_HEAD = Buffer.from('000000001d840311aa6611cd9bc800aa002fc45a0d00', 'hex');

/**
 * Reads an id in EWS's alphabet.
 *
 * @returns undefined where it is malformed or of a kind that is not among these (public folders, the address-based ids
 *   of Exchange 2007): ErrorInvalidIdMalformed
 */
export function parseId(id: string): ParsedId | undefined {
  const bytes = decodeBase64(id, Math.ceil((LONGEST + 1) / 3) * 4);
  if (bytes === undefined || (bytes[0] !== 0 && bytes[0] !== 1)) return undefined;
  const payload = bytes[0] === 0 ? bytes.subarray(1) : decompress(bytes.subarray(1), LONGEST);
  if (payload === undefined || payload.length > LONGEST) return undefined;
  const reader = new Reader(payload);
  switch (reader.byte()) {
    case STORAGE_MAILBOX:
      return readObject(reader);
    case STORAGE_CONVERSATION:
      return readConversation(reader);
    case STORAGE_IMMUTABLE:
      return readImmutable(reader);
    default:
      return undefined;
  }
}

function readObject(reader: Reader): ParsedId | undefined {
  const mailbox = reader.block()?.toString('latin1');
  const instruction = reader.byte();
  const store = reader.block();
  const entry = store === undefined ? undefined : readEntryId(store);
  if (mailbox === undefined || !GUID.test(mailbox) || instruction === undefined || entry === undefined)
    return undefined;
  const { message, ...folder } = entry;
  if (message === undefined)
    return reader.atEnd && instruction === 0 ? { kind: 'folder', mailbox, ...folder } : undefined;
  const item: ItemId = { kind: 'item', mailbox, ...folder, message, instruction };
  if (reader.atEnd) return item;
  const count = reader.byte() ?? 0;
  const levels: string[] = [];
  for (let index = 0; index < count; index++) {
    const level = reader.block();
    if (level === undefined || level.length === 0) return undefined;
    levels.push(level.toString('hex'));
  }
  return levels.length > 0 && reader.atEnd ? { kind: 'attachment', item, levels } : undefined;
}

function readConversation(reader: Reader): ConversationId | undefined {
  const mailbox = reader.block()?.toString('latin1');
  const instruction = reader.byte();
  const conversation = reader.block();
  if (mailbox === undefined || !GUID.test(mailbox) || instruction !== 0) return undefined;
  if (conversation?.length !== 16 || !reader.atEnd) return undefined;
  return { kind: 'conversation', mailbox, conversation: conversation.toString('hex') };
}

function readImmutable(reader: Reader): ImmutableId | undefined {
  const instruction = reader.byte();
  const store = reader.block();
  if (instruction !== 0 || store?.length !== IMMUTABLE_HEAD.length + 24 || !reader.atEnd) return undefined;
  if (!store.subarray(0, IMMUTABLE_HEAD.length).equals(IMMUTABLE_HEAD)) return undefined;
  const item = readLongTermId(store, IMMUTABLE_HEAD.length);
  return item === undefined ? undefined : { kind: 'immutable', item };
}

/**
 * Writes an id in EWS's alphabet.
 *
 * @throws RangeError where it would be longer than Exchange takes, or has no or more than 255 attachment levels
 */
export function writeId(id: ParsedId, form: IdForm = 'shortest'): string {
  const payload = payloadOf(id);
  if (payload.length > LONGEST) throw new RangeError('the id is too long');
  if (form !== 'plain') {
    const compressed = compress(payload);
    if (form === 'compressed' || compressed.length < payload.length)
      return Buffer.concat([Buffer.of(1), compressed]).toString('base64');
  }
  return Buffer.concat([Buffer.of(0), payload]).toString('base64');
}

function payloadOf(id: ParsedId): Buffer {
  switch (id.kind) {
    case 'folder':
      return objectPayload(id.mailbox, 0, { provider: id.provider, folder: id.folder });
    case 'item':
      return objectPayload(id.mailbox, id.instruction, id);
    case 'attachment': {
      if (id.levels.length === 0 || id.levels.length > 255) throw new RangeError('1 to 255 attachment levels');
      const levels = id.levels.map((level) => block(Buffer.from(level, 'hex')));
      return Buffer.concat([payloadOf(id.item), Buffer.of(levels.length), ...levels]);
    }
    case 'conversation':
      return Buffer.concat([
        Buffer.of(STORAGE_CONVERSATION),
        block(Buffer.from(id.mailbox, 'latin1')),
        Buffer.of(0),
        block(Buffer.from(id.conversation, 'hex')),
      ]);
    case 'immutable': {
      const store = Buffer.alloc(IMMUTABLE_HEAD.length + 24);
      IMMUTABLE_HEAD.copy(store);
      writeLongTermId(store, IMMUTABLE_HEAD.length, id.item);
      return Buffer.concat([Buffer.of(STORAGE_IMMUTABLE, 0), block(store)]);
    }
  }
}

function objectPayload(mailbox: string, instruction: number, entry: EntryId): Buffer {
  const guid = Buffer.from(mailbox, 'latin1');
  if (guid.length !== GUID_LENGTH) throw new RangeError('the mailbox is no GUID');
  return Buffer.concat([Buffer.of(STORAGE_MAILBOX), block(guid), Buffer.of(instruction), block(writeEntryId(entry))]);
}

function block(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The folder in which the item lay when its id was issued. */
export function folderOfItem({ mailbox, provider, folder }: ItemId): FolderId {
  return { kind: 'folder', mailbox, provider, folder };
}

/** Reads a payload field by field; undefined once one is cut off. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number | undefined {
    return this.#bytes[this.#at++];
  }

  /** A field behind its length. */
  block(): Buffer | undefined {
    if (this.#at + 2 > this.#bytes.length) return undefined;
    const start = this.#at + 2;
    const end = start + this.#bytes.readUInt16LE(this.#at);
    if (end > this.#bytes.length) return undefined;
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }
}
