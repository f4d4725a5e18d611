/**
 * Reads the ids out of an answer to Subscribe while it passes.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscribe-operation
 */

/** An answer to Subscribe has some 1,500 bytes. */
const MAX_ANSWER = 64 * 1024;
const SUBSCRIPTION_ID = /<(?:[\w.-]+:)?SubscriptionId(?:\s[^>]*)?>\s*([^<\s]+)\s*<\//g;

/**
 * @param onId called with each id, before the client gets the piece in which it ends
 * @returns what to pass each piece of the answer to, before the client gets it
 */
export function watchSubscriptionIds(onId: (id: string) => void): (piece: Buffer) => void {
  let text = '';
  return (piece) => {
    if (text.length > MAX_ANSWER) return;
    text += piece.toString('latin1');
    for (const [, id = ''] of text.matchAll(SUBSCRIPTION_ID)) onId(id);
  };
}
