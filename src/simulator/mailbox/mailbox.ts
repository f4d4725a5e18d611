/** A mailbox in memory: folders, items, and the log of changes that synchronisation and notifications read. */
import { createHash, randomBytes } from 'node:crypto';
import type { Address } from 'postal-mime';
import { parseMime, type ParsedMail } from './mime.ts';

export interface Folder {
  readonly id: string;
  readonly parentId: string | undefined;
  displayName: string;
  /** For example IPF.Note. */
  readonly folderClass: string;
  /** For example inbox; undefined for folders users made. */
  readonly distinguishedName: string | undefined;
  revision: number;
}

export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly contentId: string | undefined;
  readonly isInline: boolean;
  readonly content: Buffer;
}

export interface Item {
  readonly id: string;
  revision: number;
  folderId: string;
  mime: Buffer;
  itemClass: string;
  subject: string;
  body: { readonly type: 'Text' | 'HTML'; readonly text: string };
  from: Address | undefined;
  to: readonly Address[];
  cc: readonly Address[];
  bcc: readonly Address[];
  replyTo: readonly Address[];
  internetMessageId: string | undefined;
  inReplyTo: string | undefined;
  references: string | undefined;
  headers: readonly { readonly key: string; readonly value: string }[];
  importance: string;
  sensitivity: string;
  categories: readonly string[];
  attachments: readonly Attachment[];
  isRead: boolean;
  isDraft: boolean;
  readonly receivedAt: Date;
  sentAt: Date;
  readonly createdAt: Date;
  modifiedAt: Date;
  /** PidTagInternetArticleNumber: grows with each item that comes into a folder. */
  readonly articleNumber: number;
  /** By the ExtendedFieldURI's attributes. */
  readonly extended: Map<string, string>;
}

export type ChangeKind = 'created' | 'modified' | 'deleted' | 'moved' | 'copied' | 'newMail';

export interface Change {
  readonly number: number;
  readonly kind: ChangeKind;
  readonly what: 'item' | 'folder';
  readonly id: string;
  readonly folderId: string;
  /** For moved and copied: where it came from. */
  readonly old?: { readonly id: string; readonly folderId: string };
  readonly at: Date;
}

/** Distinguished folders: name, display name, class, and parent by distinguished name. */
const FOLDERS = [
  ['root', '', 'IPF.Root', undefined],
  ['msgfolderroot', 'Top of Information Store', 'IPF.Note', 'root'],
  ['inbox', 'Inbox', 'IPF.Note', 'msgfolderroot'],
  ['drafts', 'Drafts', 'IPF.Note', 'msgfolderroot'],
  ['outbox', 'Outbox', 'IPF.Note', 'msgfolderroot'],
  ['sentitems', 'Sent Items', 'IPF.Note', 'msgfolderroot'],
  ['deleteditems', 'Deleted Items', 'IPF.Note', 'msgfolderroot'],
  ['junkemail', 'Junk Email', 'IPF.Note', 'msgfolderroot'],
  ['calendar', 'Calendar', 'IPF.Appointment', 'msgfolderroot'],
  ['contacts', 'Contacts', 'IPF.Contact', 'msgfolderroot'],
  ['tasks', 'Tasks', 'IPF.Task', 'msgfolderroot'],
  ['notes', 'Notes', 'IPF.StickyNote', 'msgfolderroot'],
  ['journal', 'Journal', 'IPF.Journal', 'msgfolderroot'],
  ['recoverableitemsdeletions', 'Deletions', 'IPF.Note', 'root'],
] as const;

export class Mailbox {
  /** Primary SMTP address. */
  readonly address: string;
  readonly displayName: string;
  readonly aliases: readonly string[];
  readonly folders = new Map<string, Folder>();
  readonly items = new Map<string, Item>();
  readonly changes: Change[] = [];
  readonly #listeners = new Set<() => void>();
  #articles = 0;

  constructor(address: string, options: { readonly displayName?: string; readonly aliases?: readonly string[] } = {}) {
    this.address = address;
    this.displayName = options.displayName ?? address.split('@', 1)[0] ?? address;
    this.aliases = options.aliases ?? [];
    for (const [name, displayName, folderClass, parent] of FOLDERS) {
      const id = `AQMk${createHash('sha256').update(`${address} ${name}`).digest('base64')}`;
      const parentId = parent === undefined ? undefined : this.distinguished(parent)?.id;
      this.folders.set(id, { id, parentId, displayName, folderClass, distinguishedName: name, revision: 1 });
    }
  }

  distinguished(name: string): Folder | undefined {
    return [...this.folders.values()].find((folder) => folder.distinguishedName === name);
  }

  /** The folder's own children, or all descendants. */
  foldersUnder(parentId: string, deep: boolean): Folder[] {
    const own = [...this.folders.values()].filter((folder) => folder.parentId === parentId);
    return deep ? own.flatMap((folder) => [folder, ...this.foldersUnder(folder.id, true)]) : own;
  }

  itemsIn(folderId: string): Item[] {
    return [...this.items.values()].filter((item) => item.folderId === folderId);
  }

  findAttachment(id: string): { readonly item: Item; readonly attachment: Attachment } | undefined {
    for (const item of this.items.values()) {
      const attachment = item.attachments.find((candidate) => candidate.id === id);
      if (attachment !== undefined) return { item, attachment };
    }
    return undefined;
  }

  createFolder(parentId: string, displayName: string, folderClass = 'IPF.Note'): Folder {
    const folder: Folder = {
      id: newId(),
      parentId,
      displayName,
      folderClass,
      distinguishedName: undefined,
      revision: 1,
    };
    this.folders.set(folder.id, folder);
    this.#log('created', 'folder', folder.id, parentId);
    return folder;
  }

  /** Delivers a message as if it came from outside. */
  async deliver(mime: Buffer, folder = 'inbox'): Promise<Item> {
    const target = this.distinguished(folder)?.id ?? folder;
    return this.add(await parseMime(mime), mime, target, 'newMail');
  }

  add(
    mail: ParsedMail,
    mime: Buffer,
    folderId: string,
    kind: 'newMail' | 'created',
    changes: Partial<Item> = {},
  ): Item {
    const now = new Date();
    const item: Item = {
      ...mail,
      attachments: mail.attachments.map((attachment) => ({ ...attachment, id: newId() })),
      id: newId(),
      revision: 1,
      folderId,
      mime,
      itemClass: 'IPM.Note',
      categories: [],
      isRead: false,
      isDraft: false,
      receivedAt: mail.date ?? now,
      sentAt: mail.date ?? now,
      createdAt: now,
      modifiedAt: now,
      articleNumber: ++this.#articles,
      extended: new Map(),
      ...changes,
    };
    this.items.set(item.id, item);
    this.#log('created', 'item', item.id, folderId);
    if (kind === 'newMail') this.#log('newMail', 'item', item.id, folderId);
    return item;
  }

  update(item: Item, change: Partial<Item>): void {
    Object.assign(item, change, { revision: item.revision + 1, modifiedAt: new Date() });
    this.#log('modified', 'item', item.id, item.folderId);
  }

  /** Ids change when an item moves, as in Exchange. */
  move(item: Item, folderId: string): Item {
    const old = { id: item.id, folderId: item.folderId };
    this.items.delete(item.id);
    const moved: Item = {
      ...item,
      id: newId(),
      articleNumber: ++this.#articles,
      folderId,
      revision: 1,
      attachments: item.attachments.map((a) => ({ ...a, id: newId() })),
    };
    this.items.set(moved.id, moved);
    this.#log('moved', 'item', moved.id, folderId, old);
    return moved;
  }

  copy(item: Item, folderId: string): Item {
    const copied: Item = {
      ...item,
      id: newId(),
      articleNumber: ++this.#articles,
      folderId,
      revision: 1,
      attachments: item.attachments.map((a) => ({ ...a, id: newId() })),
      extended: new Map(item.extended),
    };
    this.items.set(copied.id, copied);
    this.#log('copied', 'item', copied.id, folderId, { id: item.id, folderId: item.folderId });
    return copied;
  }

  remove(item: Item): void {
    this.items.delete(item.id);
    this.#log('deleted', 'item', item.id, item.folderId);
  }

  /** Calls back after each change. @returns how to stop that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #log(
    kind: ChangeKind,
    what: 'item' | 'folder',
    id: string,
    folderId: string,
    old?: { readonly id: string; readonly folderId: string },
  ): void {
    this.changes.push({
      number: this.changes.length + 1,
      kind,
      what,
      id,
      folderId,
      at: new Date(),
      ...(old === undefined ? {} : { old }),
    });
    for (const listener of this.#listeners) listener();
  }
}

function newId(): string {
  return `AAMk${randomBytes(66).toString('base64')}`;
}

/** ChangeKey of an item or folder: differs after each change. */
export function changeKey({ id, revision }: { readonly id: string; readonly revision: number }): string {
  return `CQAAABYAAAB${createHash('sha256').update(`${id} ${revision}`).digest('base64').slice(0, 29)}=`;
}
