/**
 * A mailbox in memory, which both simulated services serve. Reading goes through `folders`, `items` and `changes`;
 * everything that changes something is a method here. Folders are named by id or well-known name, ids are in EWS's
 * alphabet, and what is refused throws a MailboxError.
 */
import { ChangeLog } from './change-log.ts';
import * as folderOperations from './folder-operations.ts';
import type { NewFolder } from './folder-operations.ts';
import { FolderTree } from './folders.ts';
import { guidOf, MailboxIds } from './ids.ts';
import * as itemOperations from './item-operations.ts';
import type { ItemState } from './item-operations.ts';
import { ItemStore } from './items.ts';
import type { MessageParts } from './message.ts';
import { parseMime } from './mime-reader.ts';
import { writeMime } from './mime-writer.ts';
import type { Store } from './store.ts';
import type { Attachment, DeleteMode, Folder, FolderCounts, Item, ItemChanges, NewAttachment } from './types.ts';
import type { ExtendedProperties } from './extended-properties.ts';

export interface MailboxOptions {
  /** Default: the address up to the @. */
  readonly displayName?: string;
  /** Other addresses, which receive mail too. */
  readonly aliases?: readonly string[];
  /** Display names of well-known folders, by well-known name: Exchange names them in the mailbox's language. */
  readonly folderNames?: Readonly<Record<string, string>>;
  /** ExchangeGuid, in lower case; default: always the same for an address. */
  readonly guid?: string;
  /** Bytes that all items may have together; default: unlimited. */
  readonly quota?: number;
  /** How many changes the log keeps at least. */
  readonly changesKept?: number;
}

export class Mailbox {
  /** Primary SMTP address. */
  readonly address: string;
  readonly displayName: string;
  readonly aliases: readonly string[];
  readonly ids: MailboxIds;
  readonly folders = new FolderTree();
  readonly items = new ItemStore();
  readonly changes: ChangeLog;
  readonly #store: Store;

  constructor(address: string, options: MailboxOptions = {}) {
    this.address = address;
    this.displayName = options.displayName ?? address.split('@', 1)[0] ?? address;
    this.aliases = options.aliases ?? [];
    this.ids = new MailboxIds(options.guid ?? guidOf(address.toLowerCase()));
    this.changes = new ChangeLog(options.changesKept);
    this.#store = {
      owner: this.displayName,
      ids: this.ids,
      folders: this.folders,
      items: this.items,
      changes: this.changes,
      quota: options.quota ?? Number.POSITIVE_INFINITY,
    };
    folderOperations.createWellKnownFolders(this.#store, options.folderNames);
  }

  /** ExchangeGuid, which stands in every id. */
  get guid(): string {
    return this.ids.guid;
  }

  /** Whether mail for an address comes here. */
  owns(address: string): boolean {
    const wanted = address.toLowerCase();
    return this.address.toLowerCase() === wanted || this.aliases.some((alias) => alias.toLowerCase() === wanted);
  }

  counts(folder: string): FolderCounts {
    return folderOperations.folderCounts(this.#store, folder);
  }

  createFolder(parent: string, folder: NewFolder): Folder {
    return folderOperations.createFolder(this.#store, parent, folder);
  }

  renameFolder(folder: string, displayName: string): Folder {
    return folderOperations.updateFolder(this.#store, folder, { displayName });
  }

  updateFolder(
    folder: string,
    changes: { readonly displayName?: string; readonly extended?: ExtendedProperties },
    changeKey?: string,
  ): Folder {
    return folderOperations.updateFolder(this.#store, folder, changes, changeKey);
  }

  moveFolder(folder: string, parent: string): Folder {
    return folderOperations.moveFolder(this.#store, folder, parent);
  }

  copyFolder(folder: string, parent: string): Folder {
    return folderOperations.copyFolder(this.#store, folder, parent);
  }

  deleteFolder(folder: string, mode: DeleteMode): Folder | undefined {
    return folderOperations.deleteFolder(this.#store, folder, mode);
  }

  emptyFolder(folder: string, mode: DeleteMode, options: { readonly withSubfolders?: boolean } = {}): void {
    folderOperations.emptyFolder(this.#store, folder, mode, options);
  }

  /**
   * Delivers a message as if it came from outside.
   *
   * @param mail MIME, or what to write as MIME
   * @param state what the item is besides; received when it was sent, if that is not said
   */
  async deliver(mail: Buffer | MessageParts, folder = 'inbox', state: ItemState = {}): Promise<Item> {
    const mime = Buffer.isBuffer(mail) ? mail : await writeMime(mail);
    return itemOperations.addItem(this.#store, await parseMime(mime), folder, 'newMail', state);
  }

  /** Saves a message that did not come by mail. */
  add(message: MessageParts, folder: string, state: ItemState = {}): Item {
    return itemOperations.addItem(this.#store, message, folder, 'created', state);
  }

  /** @param changeKey the one the caller has seen: a conflict if the item has another */
  update(id: string, changes: ItemChanges, changeKey?: string): Item {
    return itemOperations.updateItem(this.#store, id, changes, changeKey);
  }

  /** @returns the item under its new id */
  move(id: string, folder: string): Item {
    return itemOperations.moveItem(this.#store, id, folder);
  }

  copy(id: string, folder: string): Item {
    return itemOperations.copyItem(this.#store, id, folder);
  }

  /** @returns the item where it still is somewhere */
  delete(id: string, mode: DeleteMode): Item | undefined {
    return itemOperations.deleteItem(this.#store, id, mode);
  }

  addAttachments(
    id: string,
    attachments: readonly NewAttachment[],
    changeKey?: string,
  ): { readonly item: Item; readonly attachments: readonly Attachment[] } {
    return itemOperations.addAttachments(this.#store, id, attachments, changeKey);
  }

  removeAttachment(attachmentId: string): Item {
    return itemOperations.removeAttachment(this.#store, attachmentId);
  }

  /** An attachment, also one nested in others, and the item it belongs to. */
  attachment(attachmentId: string): { readonly item: Item; readonly attachment: Attachment } {
    return itemOperations.requireAttachment(this.#store, attachmentId);
  }

  /** @throws MailboxError itemNotFound */
  item(id: string): Item {
    return itemOperations.requireItem(this.#store, id);
  }

  /** An item's MIME: as it came, or written from what the item has become, Bcc included. */
  async mimeOf(id: string): Promise<Buffer> {
    const item = this.item(id);
    if (item.mime !== undefined) return item.mime;
    const mime = await writeMime(item, { keepBcc: true });
    const written = { ...item, mime };
    // Not a change: only what had to be written at some time. It may have changed meanwhile.
    if (this.items.get(id) === item) this.items.replace(item, written);
    return mime;
  }
}
