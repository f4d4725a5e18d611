/**
 * Which caller a subscription was given to. Exchange knows only the app, which is the same for all.
 *
 * Kept in memory: after a restart clients learn that their subscription is gone and subscribe again, as they have to
 * whenever Exchange moves a mailbox.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-notification-related-errors-in-ews-in-exchange
 */
import { LRUCache } from 'lru-cache';

/** Exchange Online allows 20 a mailbox. */
const MAX_SUBSCRIPTIONS = 50_000;

export class SubscribedCallers {
  /** Made with the first subscription: an empty cache of this size takes its memory at once. */
  #callers: LRUCache<string, string> | undefined;

  /** Notes that a subscription was given to a caller. */
  add(id: string, caller: string): void {
    this.#callers ??= new LRUCache({ max: MAX_SUBSCRIPTIONS });
    this.#callers.set(id, caller);
  }

  isOwn(id: string, caller: string): boolean {
    return this.#callers?.get(id) === caller;
  }
}
