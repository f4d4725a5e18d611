/**
 * Which caller a subscription was given to. Exchange knows only the app, which is the same for all.
 *
 * Kept in memory: after a restart clients get ErrorSubscriptionNotFound and subscribe
 * again, as they have to whenever Exchange moves a mailbox.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-notification-related-errors-in-ews-in-exchange
 */
import { LRUCache } from 'lru-cache';
import { MAX_SUBSCRIBE_BYTES, readSubscriptionIds } from '../ews/read-answer.ts';

/** Exchange Online allows 20 a mailbox. */
const MAX_SUBSCRIPTIONS = 50_000;
/** A root's end tag fits, with a prefix and white space behind. */
const TAIL = 128;
const ENVELOPE_ENDS = /<\/(?:[\w.-]{1,32}:)?Envelope[ \t\r\n]*>[ \t\r\n]*$/;

export class SubscriptionOwners {
  readonly #owners = new LRUCache<string, string>({ max: MAX_SUBSCRIPTIONS });

  isOwn(id: string, owner: string): boolean {
    return this.#owners.get(id) === owner;
  }

  /**
   * Notes the ids in an answer to Subscribe. The answer is gathered as it passes, and read once, when the
   * end tag of its envelope has come. Ids of an answer that is too large or unreadable stay unknown, so
   * that nobody can use them.
   *
   * @returns what to call with each piece of the answer before the client gets it, so that the ids are
   *   noted before the client has the whole answer
   */
  watch(owner: string): (piece: Buffer) => void {
    let pieces: Buffer[] | undefined = [];
    let bytes = 0;
    let tail = '';
    return (piece) => {
      if (pieces === undefined) return;
      pieces.push(piece);
      bytes += piece.length;
      tail = (tail + piece.toString('latin1', Math.max(0, piece.length - TAIL))).slice(-TAIL);
      if (bytes > MAX_SUBSCRIBE_BYTES) pieces = undefined;
      else if (ENVELOPE_ENDS.test(tail)) {
        for (const id of readSubscriptionIds(Buffer.concat(pieces))) this.#owners.set(id, owner);
        pieces = undefined;
      }
    };
  }
}
