/**
 * Where one envelope of a stream of notifications ends: the only places at which it can be ended, so that a client
 * has each envelope whole.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getstreamingevents-operation
 */

const END_TAG = /<\/(?:[\w.-]{1,40}:)?Envelope\s{0,8}>/g;
const AT_END = /<\/(?:[\w.-]{1,40}:)?Envelope\s{0,8}>\s{0,8}$/;
/** Longer than an end tag. */
const TAIL = 100;

export class EnvelopeBoundary {
  /** The last characters that were relayed. */
  #tail = '';

  /** Whether what was relayed so far ends with an envelope, or nothing was. */
  get reached(): boolean {
    return this.#tail === '' || AT_END.test(this.#tail);
  }

  /** Notes a piece that is relayed. */
  pass(piece: Buffer): void {
    this.#tail = (this.#tail + piece.toString('latin1', Math.max(0, piece.length - TAIL))).slice(-TAIL);
  }

  /** The part of a piece up to the end of its last envelope; undefined where none ends in it. */
  cut(piece: Buffer): Buffer | undefined {
    const before = this.#tail;
    const text = before + piece.toString('latin1');
    const end = [...text.matchAll(END_TAG)].reduce((last, { index, 0: tag }) => Math.max(last, index + tag.length), 0);
    return end > before.length ? piece.subarray(0, end - before.length) : undefined;
  }
}
