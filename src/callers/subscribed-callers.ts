/**
 * Which caller a subscription was given to. Exchange knows only the app, which is the same for all.
 *
 * Kept in memory, and sent to the other gateways of a fleet: after a restart clients learn that their subscription is
 * gone and subscribe again, as they have to whenever Exchange moves a mailbox.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-notification-related-errors-in-ews-in-exchange
 */
import type { Mark, SharedMarks } from '../fleet/shared-marks.ts';
import { lruCache } from '../lru-cache.ts';

/** Exchange Online allows 20 a mailbox. */
const MAX_SUBSCRIPTIONS = 50_000;
/** Milliseconds; a subscription that is pulled from ends after a day at the latest. */
const LIFETIME = 86_400_000;

/** What it needs of the marks that all gateways of a fleet keep. */
export type SharedTexts = Pick<SharedMarks, 'add' | 'hold'>;

export class SubscribedCallers {
  readonly #shared: SharedTexts | undefined;
  readonly #callers = lruCache<string, string>(MAX_SUBSCRIPTIONS, LIFETIME);

  constructor(shared?: SharedTexts) {
    this.#shared = shared;
    shared?.hold({
      take: ({ text, remaining }) => {
        const entry = parse(text);
        if (entry !== undefined) this.#keep(entry.id, entry.caller, remaining);
      },
      held: () => this.#held(),
    });
  }

  /** Notes that a subscription was given to a caller. */
  add(id: string, caller: string): void {
    this.#keep(id, caller, LIFETIME);
    this.#shared?.add({ text: JSON.stringify([id, caller]), remaining: LIFETIME });
  }

  isOwn(id: string, caller: string): boolean {
    return this.#callers.get(id) === caller;
  }

  #keep(id: string, caller: string, lifetime: number): void {
    this.#callers.set(id, caller, { ttl: Math.max(1, lifetime) });
  }

  *#held(): Iterable<Mark> {
    for (const [id, caller] of this.#callers.entries())
      yield { text: JSON.stringify([id, caller]), remaining: this.#callers.getRemainingTTL(id) };
  }
}

function parse(text: string): { readonly id: string; readonly caller: string } | undefined {
  try {
    const [id, caller] = JSON.parse(text) as unknown[];
    return typeof id === 'string' && typeof caller === 'string' ? { id, caller } : undefined;
  } catch {
    return undefined;
  }
}
