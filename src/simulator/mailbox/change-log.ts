/** The log of changes that synchronisation and notifications read: bounded, so that an old position is found stale. */

/** Bodies, categories and the like are `modified`; a change of nothing but the read flag is not. */
export type ChangeKind = 'created' | 'modified' | 'readFlagChanged' | 'deleted' | 'moved' | 'copied' | 'newMail';

export interface Change {
  /** Rises by one with each change, from 1. */
  readonly position: number;
  readonly kind: ChangeKind;
  readonly what: 'item' | 'folder';
  readonly id: string;
  /** Where the item lies, or the folder's parent. */
  readonly folderId: string;
  /** For moved and copied: where it came from. */
  readonly old?: { readonly id: string; readonly folderId: string };
  /** ChangeKey after the change; for deleted the last one. */
  readonly changeKey: string;
  /** Unread items in the folder, for a change of the folder's own or of a read flag. */
  readonly unread?: number;
  readonly at: Date;
}

export class ChangeLog {
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  #changes: Change[] = [];
  #head = 0;

  /** @param limit how many changes are kept at least; twice as many at most */
  constructor(limit = 20_000) {
    this.#limit = limit;
  }

  /** Position of the last change; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** How many changes are kept. */
  get size(): number {
    return this.#changes.length;
  }

  /** Whether changes after a position are lost, or the position never was. */
  isStale(position: number): boolean {
    return !Number.isInteger(position) || position > this.#head || position < this.#head - this.#changes.length;
  }

  /**
   * Changes after a position, oldest first. Costs what it returns.
   *
   * @param limit the most changes
   * @returns undefined where the position is stale
   */
  since(position: number, limit = Number.POSITIVE_INFINITY): readonly Change[] | undefined {
    if (this.isStale(position)) return undefined;
    const start = this.#changes.length - (this.#head - position);
    return this.#changes.slice(start, start + limit);
  }

  /** @returns the change's position */
  append(change: Omit<Change, 'position' | 'at'>): number {
    this.#changes.push({ ...change, position: ++this.#head, at: new Date() });
    if (this.#changes.length > 2 * this.#limit) this.#changes = this.#changes.slice(-this.#limit);
    for (const listener of this.#listeners) listener();
    return this.#head;
  }

  /** Calls back after each change, before the operation that makes it is done. @returns how to stop that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
