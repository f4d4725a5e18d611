/** Decodes the base64 of one element as it comes, into memory while it is small, else into a spool. */
import { Readable } from 'node:stream';
import type { TextPiece } from '../soap/body-reader.ts';
import { GrowingBuffer } from '../soap/growing-buffer.ts';
import { malformed } from '../soap/malformed.ts';
import { BAD_REFERENCE, unescapeXml } from '../soap/references.ts';
import { Base64Decoder } from './base64.ts';
import type { SpooledContent, SpoolFactory, SpoolWriter } from './spool.ts';

/** Decoded bytes of 64 KiB of base64. */
export const MAX_CONTENT_IN_MEMORY = 48 * 1024;
/** Longer than any reference to a character of base64. */
const MAX_REFERENCE = 16;

export class ContentCollector {
  readonly #factory: SpoolFactory;
  readonly #decoder = new Base64Decoder();
  readonly #memory = new GrowingBuffer();
  #spool: SpoolWriter | undefined;
  /** The beginning of a reference that a piece cut off. */
  #reference = '';

  constructor(factory: SpoolFactory) {
    this.#factory = factory;
  }

  /** @throws GatewayError ENVELOPE_MALFORMED, or what the spool throws */
  add({ bytes, cdata, last }: TextPiece): void {
    let text = this.#reference + bytes.toString('latin1');
    this.#reference = '';
    if (!cdata && text.includes('&')) {
      const open = text.lastIndexOf('&');
      if (!last && !text.includes(';', open)) {
        this.#reference = text.slice(open);
        if (this.#reference.length > MAX_REFERENCE) throw malformed('content is not valid base64');
        text = text.slice(0, open);
      }
      if (BAD_REFERENCE.test(text)) throw malformed('an unknown entity reference stands in text');
      text = unescapeXml(text);
    }
    this.#store(this.#decoder.push(text));
  }

  /** @throws GatewayError ENVELOPE_MALFORMED where the base64 is not whole */
  finish(): SpooledContent {
    this.#decoder.end();
    if (this.#spool !== undefined) {
      const content = this.#spool.finish();
      this.#spool = undefined;
      return content;
    }
    const bytes = Buffer.from(this.#memory.view());
    return { size: bytes.length, createReadStream: () => Readable.from([bytes]), dispose: () => undefined };
  }

  dispose(): void {
    this.#spool?.dispose();
    this.#spool = undefined;
  }

  #store(bytes: Buffer): void {
    if (this.#spool === undefined) {
      if (this.#memory.length + bytes.length <= MAX_CONTENT_IN_MEMORY) {
        this.#memory.append(bytes);
        return;
      }
      this.#spool = this.#factory.create();
      this.#spool.write(this.#memory.view());
      this.#memory.clear();
    }
    if (bytes.length > 0) this.#spool.write(bytes);
  }
}
