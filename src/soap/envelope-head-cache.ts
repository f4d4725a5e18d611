/**
 * Reads and rewrites envelope heads, and remembers the latest: a program sends the same few again
 * and again, and reading one is a third of the gateway's own work on a small request.
 *
 * What is remembered is only what was made of the very same bytes, so that the answer never differs
 * from reading it again.
 */
import { readEnvelopeHead, type ConnectingSid, type EnvelopeHead } from './envelope-head.ts';
import { rewriteHead } from './rewrite-head.ts';

/** Heads remembered at a time: each is compared with, so more would cost what they save. */
const MAX_HEADS = 16;
/** Those of programs have some 500 bytes. */
const MAX_BYTES = 2 * 1024;
/** Rewritten forms of one head: one for each mailbox. */
const MAX_FORMS = 100;

interface CachedHead {
  /** The bytes up to the head's end, one character each. */
  readonly text: string;
  readonly head: EnvelopeHead;
}

export class EnvelopeHeadCache {
  /** The latest first. */
  readonly #cached: CachedHead[] = [];
  readonly #rewritten = new WeakMap<EnvelopeHead, Map<string, Buffer>>();
  #longest = 0;

  /** As {@link readEnvelopeHead}. */
  read(bytes: Buffer, complete: boolean): EnvelopeHead | undefined {
    const beginning = bytes.toString('latin1', 0, this.#longest);
    const index = this.#cached.findIndex(({ text }) => beginning.startsWith(text));
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
    const forms = this.#rewritten.get(head);
    if (forms === undefined) return rewriteHead(bytes, head, impersonate);
    const key = impersonate === undefined ? '' : `${impersonate.type} ${impersonate.value}`;
    let beginning = forms.get(key);
    if (beginning === undefined) {
      if (forms.size === MAX_FORMS) forms.clear();
      forms.set(key, (beginning = Buffer.concat(rewriteHead(bytes.subarray(0, head.endBytes), head, impersonate))));
    }
    return [beginning, bytes.subarray(head.endBytes)];
  }

  #add(bytes: Buffer, head: EnvelopeHead): void {
    this.#cached.unshift({ text: bytes.toString('latin1', 0, head.endBytes), head });
    if (this.#cached.length > MAX_HEADS) this.#cached.pop();
    this.#longest = Math.max(...this.#cached.map(({ text }) => text.length));
    this.#rewritten.set(head, new Map());
  }
}
