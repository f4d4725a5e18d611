/**
 * Reads and rewrites envelope heads, and remembers the latest: a program sends the same few again
 * and again, and reading one is a third of the gateway's own work on a small request.
 *
 * What is remembered is only what was made of the very same bytes, so that the answer never differs
 * from reading it again.
 */
import { LRUCache } from 'lru-cache';
import { readEnvelopeHead, type ConnectingSid, type EnvelopeHead } from './envelope-head.ts';
import { rewriteHead } from './rewrite-head.ts';

/** Heads remembered at a time: each is compared with, so more would cost what they save. */
const MAX_HEADS = 16;
/** Those of programs have some 500 bytes. */
const MAX_BYTES = 2 * 1024;
/** Of all rewritten forms together: one for each head and mailbox, of some 700 bytes. */
const MAX_FORM_BYTES = 4 * 1024 * 1024;

interface CachedHead {
  /** Those up to the head's end. */
  readonly bytes: Buffer;
  readonly head: EnvelopeHead;
}

export class EnvelopeHeadCache {
  /** The latest first. */
  readonly #cached: CachedHead[] = [];
  readonly #numbers = new WeakMap<EnvelopeHead, number>();
  #latestNumber = 0;
  /** By the head's number, and whom it impersonates; the one that was not used for longest goes first. */
  readonly #forms = new LRUCache<string, Buffer>({
    maxSize: MAX_FORM_BYTES,
    sizeCalculation: ({ length }, key) => length + key.length,
  });

  /** As {@link readEnvelopeHead}. */
  read(bytes: Buffer, complete: boolean): EnvelopeHead | undefined {
    const index = this.#cached.findIndex(
      // Without a copy or a view, which would take longer than the comparison.
      ({ bytes: known }) =>
        bytes.length >= known.length && bytes.compare(known, 0, known.length, 0, known.length) === 0,
    );
    const found = this.#cached[index];
    if (found !== undefined) {
      if (index > 0) {
        this.#cached.splice(index, 1);
        this.#cached.unshift(found);
      }
      return found.head;
    }
    const head = readEnvelopeHead(bytes, complete);
    if (head !== undefined && head.endBytes <= MAX_BYTES) this.#add(bytes, head);
    return head;
  }

  /** As {@link rewriteHead}, for a head that {@link read} gave. */
  rewrite(bytes: Buffer, head: EnvelopeHead, impersonate: ConnectingSid | undefined): Buffer[] {
    const number = this.#numbers.get(head);
    if (number === undefined) return rewriteHead(bytes, head, impersonate);
    const key = impersonate === undefined ? `${number}` : `${number} ${impersonate.type} ${impersonate.value}`;
    let beginning = this.#forms.get(key);
    if (beginning === undefined) {
      beginning = ownMemory(rewriteHead(bytes.subarray(0, head.endBytes), head, impersonate));
      this.#forms.set(key, beginning);
    }
    return [beginning, bytes.subarray(head.endBytes)];
  }

  #add(bytes: Buffer, head: EnvelopeHead): void {
    this.#cached.unshift({ bytes: ownMemory([bytes.subarray(0, head.endBytes)]), head });
    if (this.#cached.length > MAX_HEADS) this.#cached.pop();
    this.#numbers.set(head, ++this.#latestNumber);
  }
}

/** In memory of its own: one from Node's pool would hold on to the whole piece of the pool that it lies in. */
function ownMemory(pieces: readonly Buffer[]): Buffer {
  const whole = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) offset += piece.copy(whole, offset);
  return whole;
}
