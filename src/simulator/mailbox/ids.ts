/** Ids and ChangeKeys of one mailbox, made as Exchange makes them. */
import { createHash, randomBytes } from 'node:crypto';
import { writeChangeKey } from '../../ews/ids/change-key.ts';
import type { LongTermId } from '../../ews/ids/entry-id.ts';
import { parseId, writeId } from '../../ews/ids/item-id.ts';

export class MailboxIds {
  /** ExchangeGuid. */
  readonly guid: string;
  /** Names the store; the same in all ids of a mailbox. */
  readonly #provider: string;
  /** Of the folders that every mailbox has, so that their ids outlive a restart. */
  readonly #home: string;
  /** Of all else, and never the same twice: ids of an earlier run must not name other objects. */
  readonly #replica = randomBytes(16).toString('hex');
  /** Counters of a mailbox in use are far from 0. */
  #objects = 0x0102_0000;
  #changes = 0x0102_0000;

  constructor(guid: string) {
    this.guid = guid;
    this.#provider = hash(`provider ${guid}`);
    this.#home = hash(`replica ${guid}`);
  }

  /** A well-known folder's key. */
  wellKnown(counter: number): LongTermId {
    return { replica: this.#home, counter };
  }

  newKey(): LongTermId {
    return { replica: this.#replica, counter: ++this.#objects };
  }

  /** The part of an attachment id that is the attachment's own: 16 random bytes behind their length. */
  newLevel(): string {
    return `1000${randomBytes(16).toString('hex')}`;
  }

  /** 16 bytes as hexadecimal text. */
  newSearchKey(): string {
    return this.#replica.slice(0, 20) + (++this.#objects).toString(16).padStart(12, '0');
  }

  newChangeKey(type: 'folder' | 'message'): string {
    return writeChangeKey(type, { replica: this.#replica, counter: ++this.#changes });
  }

  folder(folder: LongTermId): string {
    return writeId({ kind: 'folder', mailbox: this.guid, provider: this.#provider, folder });
  }

  item(folder: LongTermId, message: LongTermId): string {
    return writeId(this.#item(folder, message));
  }

  attachment(folder: LongTermId, message: LongTermId, levels: readonly string[]): string {
    return writeId({ kind: 'attachment', item: this.#item(folder, message), levels });
  }

  /** @param conversation 16 bytes as hexadecimal text */
  conversation(conversation: string): string {
    return writeId({ kind: 'conversation', mailbox: this.guid, conversation });
  }

  /** Graph's immutable form of an item's id, made of the search key, which no move changes (inferred). */
  immutable(searchKey: string): string {
    const counter = Number.parseInt(searchKey.slice(-12), 16);
    return writeId({ kind: 'immutable', item: { replica: searchKey, counter } });
  }

  #item(folder: LongTermId, message: LongTermId) {
    return { kind: 'item', mailbox: this.guid, provider: this.#provider, folder, message, instruction: 0 } as const;
  }
}

/** The form in which a mailbox gives out an id: clients may send the plain form of a compressed one. */
export function canonicalId(id: string): string {
  const parsed = parseId(id);
  return parsed === undefined ? id : writeId(parsed);
}

/** A GUID that is always the same for a name. */
export function guidOf(name: string): string {
  const text = hash(name);
  return [text.slice(0, 8), text.slice(8, 12), `4${text.slice(13, 16)}`, `8${text.slice(17, 20)}`, text.slice(20)].join(
    '-',
  );
}

/** 16 bytes of a digest as hexadecimal text. */
export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
