/** Bytes that are appended piece by piece, in time linear in their sum. */
export class GrowingBuffer {
  #bytes = Buffer.allocUnsafe(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2, 64));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** What has been appended; valid until the next change. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets the content; room up to 64 KiB is kept for the next. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > 64 * 1024) this.#bytes = Buffer.allocUnsafe(0);
  }
}
