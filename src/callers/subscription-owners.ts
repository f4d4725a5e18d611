/**
 * Which caller a subscription was given to. Exchange knows only the app, which is the same for all.
 *
 * Kept in memory: after a restart clients are told that their subscription is gone and subscribe
 * anew, as they have to whenever Exchange moves a mailbox.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-notification-related-errors-in-ews-in-exchange
 */
import { LRUCache } from 'lru-cache';

/** Exchange Online allows 20 a mailbox. */
const MAX_SUBSCRIPTIONS = 50_000;
/** An answer to Subscribe has some 1,500 bytes. */
const MAX_ANSWER = 64 * 1024;
const SUBSCRIPTION_ID = /<(?:[\w.-]+:)?SubscriptionId(?:\s[^>]*)?>\s*([^<\s]+)\s*<\//g;

export class SubscriptionOwners {
  readonly #owners = new LRUCache<string, string>({ max: MAX_SUBSCRIPTIONS });

  isOwn(id: string, owner: string): boolean {
    return this.#owners.get(id) === owner;
  }

  /**
   * Reads the ids out of an answer to Subscribe.
   *
   * @returns what to tell each piece of the answer to, before the client gets it
   */
  watch(owner: string): (piece: Buffer) => void {
    let text = '';
    return (piece) => {
      if (text.length > MAX_ANSWER) return;
      text += piece.toString('latin1');
      for (const [, id = ''] of text.matchAll(SUBSCRIPTION_ID)) this.#owners.set(id, owner);
    };
  }
}
