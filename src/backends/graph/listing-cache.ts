/**
 * Result lists of FindItem, remembered for two minutes, so that the next page of a client goes on where its last one
 * ended although the folder changes meanwhile. Bounded in lists and rows.
 */
import { LRUCache } from 'lru-cache';

export interface ListedRow {
  /** In Graph's alphabet. */
  readonly id: string;
  /** Sort key of the row, for extending the list: its receivedDateTime. */
  readonly key: string;
}

/** The rows of a query as far as they are known. */
export interface Listing {
  readonly rows: readonly ListedRow[];
  /** Offset at which the next page of the client begins. */
  readonly nextOffset: number;
  /** Whether there are no further rows. */
  readonly complete: boolean;
}

const LIFETIME = 120_000;
/** Rows of all lists together; one has some 150 bytes. */
const MAX_ROWS = 1_000_000;

export class ListingCache {
  readonly #listings = new LRUCache<string, Listing>({
    maxSize: MAX_ROWS,
    sizeCalculation: ({ rows }) => rows.length + 10,
    ttl: LIFETIME,
  });

  /** The list of this query, where the client goes on exactly where it was; otherwise the live view counts. */
  at(query: string, offset: number): Listing | undefined {
    const listing = this.#listings.get(query);
    return listing?.nextOffset === offset && offset > 0 ? listing : undefined;
  }

  set(query: string, listing: Listing): void {
    this.#listings.set(query, listing);
  }

  delete(query: string): void {
    this.#listings.delete(query);
  }
}
