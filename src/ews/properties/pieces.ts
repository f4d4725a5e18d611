/** Markup with streams in it, so that large content never stands in memory. */
import { pipeline, Transform, type Readable, type TransformCallback } from 'node:stream';
import type { BinaryContent } from './values.ts';

/** Markup, or a stream of it in ASCII, to be written in order. A piece that is not read must be destroyed. */
export type Piece = string | Readable;

/** Puts pieces together; markup that stands side by side becomes one. */
export class PieceList {
  readonly #pieces: Piece[] = [];
  #markup = '';

  add(markup: string): this {
    this.#markup += markup;
    return this;
  }

  /** Pieces that were made elsewhere. */
  addAll(pieces: readonly Piece[]): this {
    for (const piece of pieces) {
      if (typeof piece === 'string') this.#markup += piece;
      else this.#addStream(piece);
    }
    return this;
  }

  /** Content in base64. */
  addBase64(content: BinaryContent): this {
    if (content instanceof Uint8Array) return this.add(base64Of(content));
    this.#addStream(base64Stream(content));
    return this;
  }

  /** The pieces so far, none of them empty. */
  finish(): readonly Piece[] {
    this.#flush();
    return this.#pieces;
  }

  /** Ends the streams of an answer that is not written. */
  destroy(): void {
    for (const piece of this.#pieces) if (typeof piece !== 'string') piece.destroy();
  }

  #addStream(stream: Readable): void {
    this.#flush();
    this.#pieces.push(stream);
  }

  #flush(): void {
    if (this.#markup !== '') this.#pieces.push(this.#markup);
    this.#markup = '';
  }
}

function base64Of(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64');
}

/** Fails as its source does, and destroys it where it is itself destroyed. */
function base64Stream(source: Readable): Readable {
  return pipeline(source, new Base64Encoder(), () => undefined);
}

/** @see https://www.rfc-editor.org/rfc/rfc4648#section-4 */
class Base64Encoder extends Transform {
  /** Up to two bytes of a group that is not whole. */
  #rest: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = bytes.length - (bytes.length % 3);
    this.#rest = Buffer.from(bytes.subarray(whole));
    done(null, whole === 0 ? undefined : bytes.toString('base64', 0, whole));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#rest.length === 0 ? undefined : this.#rest.toString('base64'));
  }
}
