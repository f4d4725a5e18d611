/**
 * How several gateways keep one table of state: each has all of it, in its own files or memory, so that it goes on
 * alone; what is changed in one reaches the others. Of two changes of one entry the later one stays.
 */

export interface SharedEntry {
  readonly key: string;
  /** When it was changed, in milliseconds since the epoch. */
  readonly at: number;
  /** Plain JSON; undefined where it was removed. */
  readonly value: unknown;
}

/** A table as it is kept here. */
export interface Shareable {
  /** Everything that is kept. */
  entries(): Iterable<SharedEntry>;
  /**
   * Keeps what was changed in other gateways; what cannot be read is left out.
   *
   * @throws Error where it cannot be kept: it then comes again
   */
  take(entries: readonly SharedEntry[]): void;
}

/** The other gateways, as a table knows them. */
export interface Sharing {
  /** An entry was changed here. Those that are away hear of it later. */
  changed(entry: SharedEntry): void;
  /**
   * Removes an entry for one gateway alone.
   *
   * @returns false where another gateway was first; true also where the others cannot be asked
   */
  claim(key: string): Promise<boolean>;
}

/** Makes a table one that is shared. */
export type Share = (table: Shareable) => Sharing;

/** Of a gateway that is the only one. */
export const UNSHARED: Share = () => ({ changed: () => undefined, claim: async () => true });
