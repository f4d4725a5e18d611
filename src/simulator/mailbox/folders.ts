/** The tree of folders: by id, by well-known name, by parent and name. It keeps no rules; folder-operations.ts does. */
import { MailboxError } from './errors.ts';
import { canonicalId } from './ids.ts';
import type { Folder } from './types.ts';

interface Children {
  /** By display name in lower case: no two children have the same. */
  readonly byName: Map<string, string>;
  hidden: number;
}

export class FolderTree {
  readonly #byId = new Map<string, Folder>();
  readonly #wellKnown = new Map<string, string>();
  readonly #children = new Map<string, Children>();

  /** All folders. */
  [Symbol.iterator](): IterableIterator<Folder> {
    return this.#byId.values();
  }

  get(id: string): Folder | undefined {
    return this.#byId.get(id) ?? this.#byId.get(canonicalId(id));
  }

  /** @param name for example inbox; case does not matter */
  wellKnown(name: string): Folder | undefined {
    return this.#byId.get(this.#wellKnown.get(name.toLowerCase()) ?? '');
  }

  /**
   * @param folder an id or a well-known name
   * @throws MailboxError folderNotFound
   */
  resolve(folder: string): Folder {
    const found = this.wellKnown(folder) ?? this.get(folder);
    if (found === undefined) throw new MailboxError('folderNotFound');
    return found;
  }

  children(id: string): Folder[] {
    return [...(this.#children.get(id)?.byName.values() ?? [])].flatMap((child) => this.#byId.get(child) ?? []);
  }

  /** All folders below one, parents before their children. */
  descendants(id: string): Folder[] {
    return this.children(id).flatMap((child) => [child, ...this.descendants(child.id)]);
  }

  childNamed(parentId: string, displayName: string): Folder | undefined {
    return this.#byId.get(this.#children.get(parentId)?.byName.get(displayName.toLowerCase()) ?? '');
  }

  childCounts(id: string): { readonly all: number; readonly hidden: number } {
    const children = this.#children.get(id);
    return { all: children?.byName.size ?? 0, hidden: children?.hidden ?? 0 };
  }

  /** Whether a folder is another or lies below it. */
  isWithin(id: string, ancestorId: string): boolean {
    for (let at: string | undefined = id; at !== undefined; at = this.#byId.get(at)?.parentId)
      if (at === ancestorId) return true;
    return false;
  }

  add(folder: Folder): void {
    this.#byId.set(folder.id, folder);
    if (folder.wellKnownName !== undefined) this.#wellKnown.set(folder.wellKnownName, folder.id);
    if (folder.parentId === undefined) return;
    let children = this.#children.get(folder.parentId);
    if (children === undefined) this.#children.set(folder.parentId, (children = { byName: new Map(), hidden: 0 }));
    children.byName.set(folder.displayName.toLowerCase(), folder.id);
    if (folder.isHidden) children.hidden++;
  }

  remove(folder: Folder): void {
    this.#byId.delete(folder.id);
    if (folder.wellKnownName !== undefined) this.#wellKnown.delete(folder.wellKnownName);
    const children = this.#children.get(folder.parentId ?? '');
    if (children?.byName.delete(folder.displayName.toLowerCase()) === true && folder.isHidden) children.hidden--;
  }

  replace(old: Folder, folder: Folder): void {
    this.remove(old);
    this.add(folder);
  }
}
