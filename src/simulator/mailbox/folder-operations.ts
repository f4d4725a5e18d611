/** What can be done with the folders of a mailbox. Folders are named by id or well-known name. */
import { MailboxError } from './errors.ts';
import { ExtendedProperties } from './extended-properties.ts';
import { copyItem, deleteItem } from './item-operations.ts';
import type { ChangeKind } from './change-log.ts';
import type { Store } from './store.ts';
import type { DeleteMode, Folder, FolderCounts } from './types.ts';
import { WELL_KNOWN_FOLDERS } from './well-known-folders.ts';

export interface NewFolder {
  readonly displayName: string;
  /** Default: IPF.Note. */
  readonly folderClass?: string;
  readonly isHidden?: boolean;
  readonly isSearchFolder?: boolean;
  readonly extended?: ExtendedProperties;
}

/**
 * Makes the folders that every mailbox has; no change is logged.
 *
 * @param names in place of the English ones, by well-known name
 */
export function createWellKnownFolders({ ids, folders }: Store, names: Readonly<Record<string, string>> = {}): void {
  for (const { name, parent, counter, displayName, folderClass, isHidden, isSearchFolder } of WELL_KNOWN_FOLDERS) {
    const key = ids.wellKnown(counter);
    folders.add({
      id: ids.folder(key),
      key,
      parentId: parent === undefined ? undefined : folders.wellKnown(parent)?.id,
      displayName: names[name] ?? displayName,
      folderClass,
      wellKnownName: name,
      isHidden: isHidden ?? false,
      isSearchFolder: isSearchFolder ?? false,
      changeKey: ids.newChangeKey('folder'),
      createdAt: new Date(),
      modifiedAt: new Date(),
      extended: ExtendedProperties.NONE,
    });
  }
}

/** Costs the same however much the folder holds. */
export function folderCounts({ folders, items }: Store, folderName: string): FolderCounts {
  const { id } = folders.resolve(folderName);
  const { all, hidden } = folders.childCounts(id);
  return { ...items.counts(id), childFolders: all, hiddenChildFolders: hidden };
}

/** @throws MailboxError folderNotFound, invalidFolderName, folderExists */
export function createFolder(store: Store, parentName: string, folder: NewFolder): Folder {
  const { ids, folders } = store;
  const parent = folders.resolve(parentName);
  requireName(store, parent.id, folder.displayName);
  const key = ids.newKey();
  const now = new Date();
  const created: Folder = {
    id: ids.folder(key),
    key,
    parentId: parent.id,
    displayName: folder.displayName,
    folderClass: folder.folderClass ?? 'IPF.Note',
    wellKnownName: undefined,
    isHidden: folder.isHidden ?? false,
    isSearchFolder: folder.isSearchFolder ?? false,
    changeKey: ids.newChangeKey('folder'),
    createdAt: now,
    modifiedAt: now,
    extended: folder.extended ?? ExtendedProperties.NONE,
  };
  folders.add(created);
  log(store, 'created', created);
  return created;
}

/** @throws MailboxError folderNotFound, wellKnownFolder, invalidFolderName, folderExists, changeKeyConflict */
export function updateFolder(
  store: Store,
  folderName: string,
  changes: { readonly displayName?: string; readonly extended?: ExtendedProperties },
  changeKey?: string,
): Folder {
  const { ids, folders } = store;
  const old = folders.resolve(folderName);
  if (changeKey !== undefined && changeKey !== old.changeKey) throw new MailboxError('changeKeyConflict');
  if (changes.displayName !== undefined) {
    requireOwn(old);
    requireName(store, old.parentId ?? '', changes.displayName, old.id);
  }
  const folder = { ...old, ...changes, changeKey: ids.newChangeKey('folder'), modifiedAt: new Date() };
  folders.replace(old, folder);
  log(store, 'modified', folder);
  return folder;
}

/**
 * The folder and all in it keep their ids.
 *
 * @throws MailboxError folderNotFound, wellKnownFolder, invalidMove, folderExists
 */
export function moveFolder(store: Store, folderName: string, parentName: string): Folder {
  const { folders } = store;
  const old = requireOwn(folders.resolve(folderName));
  const parent = folders.resolve(parentName);
  if (folders.isWithin(parent.id, old.id)) throw new MailboxError('invalidMove');
  requireName(store, parent.id, old.displayName, old.id);
  return move(store, old, parent, old.displayName);
}

function move(store: Store, old: Folder, parent: Folder, displayName: string): Folder {
  const changeKey = store.ids.newChangeKey('folder');
  const folder = { ...old, parentId: parent.id, displayName, changeKey, modifiedAt: new Date() };
  store.folders.replace(old, folder);
  log(store, 'moved', folder, old);
  return folder;
}

/**
 * Copies a folder with its items and all folders below it.
 *
 * @throws MailboxError folderNotFound, wellKnownFolder, invalidMove, folderExists, quotaExceeded
 */
export function copyFolder(store: Store, folderName: string, parentName: string): Folder {
  const { folders, items } = store;
  const old = requireOwn(folders.resolve(folderName));
  const parent = folders.resolve(parentName);
  if (folders.isWithin(parent.id, old.id)) throw new MailboxError('invalidMove');
  requireName(store, parent.id, old.displayName);
  const all = [old, ...folders.descendants(old.id)];
  const bytes = all.reduce((sum, { id }) => sum + items.counts(id).size, 0);
  if (items.bytes + bytes > store.quota) throw new MailboxError('quotaExceeded');
  return copy(store, old, parent);
}

function copy(store: Store, old: Folder, parent: Folder): Folder {
  const { ids, folders, items } = store;
  const key = ids.newKey();
  const changeKey = ids.newChangeKey('folder');
  const now = new Date();
  const folder: Folder = {
    ...old,
    id: ids.folder(key),
    key,
    parentId: parent.id,
    changeKey,
    createdAt: now,
    modifiedAt: now,
  };
  folders.add(folder);
  log(store, 'copied', folder, old);
  for (const item of items.arrivedAfter(old.id, 0)) copyItem(store, item.id, folder.id);
  for (const child of folders.children(old.id)) copy(store, child, folder);
  return folder;
}

/**
 * Deletes a folder with all in it. One that lies in Deleted Items goes on: its items to Recoverable Items.
 *
 * @returns the folder where it still is somewhere
 * @throws MailboxError folderNotFound, wellKnownFolder
 */
export function deleteFolder(store: Store, folderName: string, mode: DeleteMode): Folder | undefined {
  const { folders } = store;
  const folder = requireOwn(folders.resolve(folderName));
  const deleted = folders.resolve('deleteditems');
  if (mode === 'moveToDeletedItems' && !folders.isWithin(folder.id, deleted.id))
    return move(store, folder, deleted, freeName(store, deleted.id, folder.displayName));
  remove(store, folder, mode === 'hard' ? 'hard' : 'soft');
  return undefined;
}

function remove(store: Store, folder: Folder, mode: DeleteMode): void {
  for (const child of store.folders.children(folder.id)) remove(store, child, mode);
  for (const item of store.items.arrivedAfter(folder.id, 0)) deleteItem(store, item.id, mode);
  store.folders.remove(folder);
  log(store, 'deleted', folder);
}

/**
 * Deletes what a folder holds.
 *
 * @param options whether the folders below it go as well
 * @throws MailboxError folderNotFound
 */
export function emptyFolder(
  store: Store,
  folderName: string,
  mode: DeleteMode,
  options: { readonly withSubfolders?: boolean } = {},
): void {
  const { folders, items } = store;
  const folder = folders.resolve(folderName);
  for (const item of items.arrivedAfter(folder.id, 0)) deleteItem(store, item.id, mode);
  if (options.withSubfolders !== true) return;
  for (const child of folders.children(folder.id))
    if (child.wellKnownName === undefined) deleteFolder(store, child.id, mode);
}

function requireOwn(folder: Folder): Folder {
  if (folder.wellKnownName !== undefined) throw new MailboxError('wellKnownFolder');
  return folder;
}

function requireName({ folders }: Store, parentId: string, displayName: string, except?: string): void {
  if (displayName.trim() === '') throw new MailboxError('invalidFolderName');
  const taken = folders.childNamed(parentId, displayName);
  if (taken !== undefined && taken.id !== except) throw new MailboxError('folderExists');
}

/** The name, or the first with a number that is free. */
function freeName({ folders }: Store, parentId: string, displayName: string): string {
  let name = displayName;
  for (let number = 1; folders.childNamed(parentId, name) !== undefined; number++) name = `${displayName}${number}`;
  return name;
}

function log(store: Store, kind: ChangeKind, { id, parentId = '', changeKey }: Folder, old?: Folder): void {
  store.changes.append({
    kind,
    what: 'folder',
    id,
    folderId: parentId,
    changeKey,
    unread: store.items.counts(id).unread,
    ...(old === undefined ? {} : { old: { id: old.id, folderId: old.parentId ?? '' } }),
  });
}
