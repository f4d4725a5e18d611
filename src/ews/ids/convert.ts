/**
 * Ids in the formats of ConvertId, which all hold the same entry id.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/alternateid
 */
import { decodeBase64 } from './base64.ts';
import { readEntryId, writeEntryId, type EntryId } from './entry-id.ts';
import { parseId, writeId, type FolderId, type ItemId } from './item-id.ts';
import { readLegacyId, writeLegacyId } from './legacy-id.ts';
import { readStoreId, writeStoreId } from './store-id.ts';

/** The mailbox that ids are of which do not name theirs. */
export interface OwnMailbox {
  readonly address: string;
  /** Undefined where it is not known: formats without a mailbox cannot be read then. */
  readonly guid: string | undefined;
}

type ObjectId = FolderId | ItemId;

interface Format {
  read(id: string, own: OwnMailbox): ObjectId | undefined;
  /** Undefined where the format has no such id. */
  write(id: ObjectId, own: OwnMailbox): string | undefined;
}

/** The longest id in any format. */
const LONGEST = 4_096;

const EWS_ID: Format = { read: objectOf, write: (id) => writeId(id, 'shortest') };

const FORMATS: Readonly<Record<string, Format>> = {
  EwsId: EWS_ID,
  EwsLegacyId: {
    // What Exchange 2007 SP1 and later gave out is taken for an old id too.
    read: (id, own) => {
      const legacy = readLegacyId(id);
      if (legacy === undefined) return objectOf(id);
      return legacy.address.toLowerCase() === own.address.toLowerCase() ? ownObject(legacy.entry, own) : undefined;
    },
    // An address of the caller's stands for its GUID, and for no other's.
    write: (id, own) =>
      id.mailbox === own.guid ? writeLegacyId({ address: own.address, entry: entryOf(id) }) : undefined,
  },
  EntryId: {
    read: (id, own) => ownObject(entryIn(decodeBase64(id, LONGEST)), own),
    write: (id) => writeEntryId(entryOf(id)).toString('base64'),
  },
  HexEntryId: {
    read: (id, own) => (/^(?:[0-9a-f]{2})+$/i.test(id) ? ownObject(entryIn(Buffer.from(id, 'hex')), own) : undefined),
    write: (id) => writeEntryId(entryOf(id)).toString('hex').toUpperCase(),
  },
  StoreId: {
    read: (id, own) => ownObject(readStoreId(id), own),
    write: (id) => writeStoreId(entryOf(id)),
  },
  // Since Exchange 2013; before, it was the store id.
  OwaId: {
    read: (id, own) => {
      const plain = decoded(id);
      return objectOf(plain) ?? ownObject(readStoreId(plain), own);
    },
    write: (id) => encodeURIComponent(writeId(id, 'shortest')),
  },
};

/**
 * @param from EwsId, EwsLegacyId, EntryId (base64), HexEntryId, StoreId or OwaId
 * @returns undefined where the id is malformed, or names another mailbox where the formats would have to tell which
 */
export function convertedId(id: string, from: string, to: string, own: OwnMailbox): string | undefined {
  if (id.length > LONGEST || !Object.hasOwn(FORMATS, from) || !Object.hasOwn(FORMATS, to)) return undefined;
  const parsed = FORMATS[from]?.read(id, own);
  if (parsed === undefined) return undefined;
  return from === to ? id : FORMATS[to]?.write(parsed, own);
}

function objectOf(id: string): ObjectId | undefined {
  const parsed = parseId(id);
  return parsed?.kind === 'folder' || parsed?.kind === 'item' ? parsed : undefined;
}

function entryIn(bytes: Buffer | undefined): EntryId | undefined {
  return bytes === undefined ? undefined : readEntryId(bytes);
}

function entryOf(id: ObjectId): EntryId {
  const { provider, folder } = id;
  return { provider, folder, ...(id.kind === 'item' ? { message: id.message } : {}) };
}

function ownObject(entry: EntryId | undefined, { guid }: OwnMailbox): ObjectId | undefined {
  if (entry === undefined || guid === undefined) return undefined;
  const { message, ...folder } = entry;
  if (message === undefined) return { kind: 'folder', mailbox: guid, ...folder };
  return { kind: 'item', mailbox: guid, ...folder, message, instruction: 0 };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
