/**
 * Result lists of FindItem, remembered for two minutes, so that the next page of a client goes on where its last one
 * ended although the folder changes meanwhile. Used only where the client asks for exactly what follows; any other
 * offset means the live view. Bounded in lists and rows.
 */
import { LRUCache } from 'lru-cache';
import type { FieldValue } from '../../../ews/matches.ts';
import { lruCache } from '../../../lru-cache.ts';
import type { ListPosition } from './message-list.ts';

/** How far a query has got. */
export interface Listing {
  /** Where the client's next page begins. */
  readonly nextOffset: number;
  /** Rows in the order of the query that were listed and not given yet, in Graph's alphabet. */
  readonly waiting: readonly string[];
  /** Where the source of further rows goes on; undefined where there are none. */
  readonly position: ListPosition | undefined;
}

/** How far the rows of a query were listed that are to be sorted here, when the client's patience ended. */
export interface ScanProgress {
  readonly rows: readonly ScannedRow[];
  readonly position: ListPosition;
}

/** How far rows were read for a page of which none was found, when the client's patience ended. */
export interface PageProgress {
  readonly position: ListPosition;
  /** Rows that fit and are still to be passed over before the page begins. */
  readonly toPass: number;
}

export interface ScannedRow {
  readonly id: string;
  /** Values of the sort keys, in their order. */
  readonly keys: readonly FieldValue[];
}

const LIFETIME = 120_000;
/** Rows of all lists together; one has some 150 bytes. */
const MAX_ROWS = 1_000_000;

export class ListingCache {
  readonly #listings = new LRUCache<string, Listing>({
    maxSize: MAX_ROWS,
    sizeCalculation: ({ waiting, position }) => waiting.length + (position?.ids.length ?? 0) + 10,
    ttl: LIFETIME,
  });

  /** Rows with their keys; one has some 300 bytes. */
  readonly #scans = new LRUCache<string, ScanProgress>({
    maxSize: MAX_ROWS / 2,
    sizeCalculation: ({ rows }) => rows.length + 10,
    ttl: LIFETIME,
  });

  /** Keeps what was listed of a query, for the client's next try. */
  keepScan(query: string, progress: ScanProgress): void {
    this.#scans.set(query, progress);
  }

  readonly #pages = lruCache<string, PageProgress>(10_000, LIFETIME);

  /** Keeps how far a query was read for the page at an offset, for the client's next try. */
  keepPage(query: string, offset: number, progress: PageProgress): void {
    this.#pages.set(`${query} ${offset}`, progress);
  }

  /** Gives back what was kept, once. */
  takePage(query: string, offset: number): PageProgress | undefined {
    const key = `${query} ${offset}`;
    const progress = this.#pages.get(key);
    this.#pages.delete(key);
    return progress;
  }

  /** Gives back what was kept, once. */
  takeScan(query: string): ScanProgress | undefined {
    const progress = this.#scans.get(query);
    this.#scans.delete(query);
    return progress;
  }

  /** The list of this query, where the client goes on exactly where it was. */
  at(query: string, offset: number): Listing | undefined {
    const listing = offset === 0 ? undefined : this.#listings.get(query);
    return listing?.nextOffset === offset ? listing : undefined;
  }

  set(query: string, listing: Listing): void {
    this.#listings.set(query, listing);
  }
}
