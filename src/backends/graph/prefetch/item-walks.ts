/**
 * Notices programs that read the items of a list one after the other: FindItem, then GetItem of each. One that changes
 * something in between, as most importers do, gains nothing: what was fetched before a change counts no longer.
 */
import { lruCache } from '../../../lru-cache.ts';
import type { PrefetchOwner } from './prefetched-answers.ts';

const MAX_WALKS = 500;
/** Ids of one list that are remembered. */
const MAX_IDS = 100;

interface Walk {
  readonly mailbox: string;
  /** Ids as the client was given them. */
  readonly ids: readonly string[];
  /** Where the latest one stands; -1 before the first, and after a change. */
  place: number;
  /** How it was read. */
  how: string;
}

export class ItemWalks {
  readonly #walks = lruCache<string, Walk>(MAX_WALKS);

  /** A list was given. */
  begin(owner: PrefetchOwner, ids: readonly string[]): void {
    const { mailbox } = owner;
    this.#walks.set(keyOf(owner), { mailbox, ids: ids.slice(0, MAX_IDS), place: -1, how: '' });
  }

  /**
   * An item is read.
   *
   * @param how what is asked of it, which must be the same each time
   * @returns ids that are likely to be read next, in their order: none before the second item of a row
   */
  step(owner: PrefetchOwner, id: string, how: string): readonly string[] {
    const walk = this.#walks.get(keyOf(owner));
    if (walk === undefined) return [];
    const place = walk.ids.indexOf(id);
    // Some are read twice, for the body as text.
    if (place === walk.place) return [];
    const goesOn = place > 0 && place === walk.place + 1 && walk.how === how;
    walk.place = place;
    walk.how = how;
    return goesOn ? walk.ids.slice(place + 1) : [];
  }

  /** Something in the mailbox has changed, or may have. @param mailbox default: any of them */
  interrupt(mailbox?: string): void {
    for (const walk of this.#walks.values()) if (mailbox === undefined || walk.mailbox === mailbox) walk.place = -1;
  }
}

function keyOf({ caller, actingAs, mailbox }: PrefetchOwner): string {
  return JSON.stringify([caller, actingAs, mailbox]);
}
