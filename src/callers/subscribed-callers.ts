/**
 * Which caller a subscription was given to. Exchange knows only the app, which is the same for all.
 *
 * Kept in memory: after a restart clients learn that their subscription is gone and subscribe again, as they have to
 * whenever Exchange moves a mailbox.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-notification-related-errors-in-ews-in-exchange
 */
import { lruCache } from '../lru-cache.ts';

/** Exchange Online allows 20 a mailbox. */
const MAX_SUBSCRIPTIONS = 50_000;

export class SubscribedCallers {
  readonly #callers = lruCache<string, string>(MAX_SUBSCRIPTIONS);

  /** Notes that a subscription was given to a caller. */
  add(id: string, caller: string): void {
    this.#callers.set(id, caller);
  }

  isOwn(id: string, caller: string): boolean {
    return this.#callers.get(id) === caller;
  }
}
