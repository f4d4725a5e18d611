/** A list that is kept in order; finding a place looks at a logarithm of its entries. */
export class SortedList<T> {
  readonly #entries: T[] = [];
  readonly #compare: (a: T, b: T) => number;
  #visited = 0;

  /** @param compare the order; no two entries may be equal in it */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** How many entries were looked at since the list was made; tests prove with it that nothing scans. */
  get visited(): number {
    return this.#visited;
  }

  add(entry: T): void {
    this.#entries.splice(this.#place(entry), 0, entry);
  }

  /** Removes the entry that is equal in order. */
  remove(entry: T): void {
    const index = this.#place(entry);
    const found = this.#entries[index];
    if (found !== undefined && this.#compare(found, entry) === 0) this.#entries.splice(index, 1);
  }

  /** Puts an entry in the place of another. */
  replace(old: T, entry: T): void {
    if (this.#compare(old, entry) === 0) this.#entries[this.#place(old)] = entry;
    else {
      this.remove(old);
      this.add(entry);
    }
  }

  /** Entries from one index to before another, in order. */
  slice(start: number, end: number): T[] {
    const entries = this.#entries.slice(start, end);
    this.#visited += entries.length;
    return entries;
  }

  /** Index of the first entry for which a condition holds that holds for all after it. */
  firstIndex(holds: (entry: T) => boolean): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      this.#visited++;
      if (holds(this.#entries[middle] as T)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #place(entry: T): number {
    return this.firstIndex((other) => this.#compare(other, entry) >= 0);
  }
}
