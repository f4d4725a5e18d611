/**
 * Reads the ids out of an answer to Subscribe while it passes.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/subscribe-operation
 */
import { MAX_SUBSCRIBE_BYTES, readSubscriptionIds } from '../../ews/read-answer.ts';

/** A root's end tag fits, with a prefix and white space behind. */
const TAIL = 128;
const ENVELOPE_ENDS = /<\/(?:[\w.-]{1,32}:)?Envelope[ \t\r\n]*>[ \t\r\n]*$/;

/**
 * The answer is gathered as it passes, and read once, when the end tag of its envelope has come. Ids of an answer that
 * is too large or unreadable stay unknown, so that nobody can use them.
 *
 * @param onId called with each id before the client has the whole answer
 * @returns what to call with each piece of the answer before the client gets it
 */
export function watchSubscriptionIds(onId: (id: string) => void): (piece: Buffer) => void {
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
      for (const id of readSubscriptionIds(Buffer.concat(pieces))) onId(id);
      pieces = undefined;
    }
  };
}
