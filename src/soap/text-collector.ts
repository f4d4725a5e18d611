/** Puts the text of one element together from the pieces a body reader reports. */
import { decodeText } from './encoding.ts';
import type { TextPiece } from './body-reader.ts';
import type { TextEncoding } from './element-start.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { unescapeXml } from './references.ts';

export interface TextCollectorOptions {
  /** The most bytes of text, as written. */
  readonly limit: number;
  /** Throws where there is more. */
  readonly tooLong: () => never;
  /** Looks at a run of text before its references are resolved; throws to refuse it. */
  readonly check?: (text: string, cdata: boolean) => void;
}

/** Bounded in memory by its limit, whatever the number of pieces; linear in time. */
export class TextCollector {
  readonly #options: TextCollectorOptions;
  readonly #run = new GrowingBuffer();
  #bytes = 0;
  #text = '';

  constructor(options: TextCollectorOptions) {
    this.#options = options;
  }

  /** A run is decoded when it is whole: a piece may end inside a character or a reference. */
  add({ bytes, cdata, last }: TextPiece, { detected, declared }: TextEncoding): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#options.limit) this.#options.tooLong();
    this.#run.append(bytes);
    if (!last || this.#run.length === 0) return;
    const decoded = decodeText(this.#run.view().toString('latin1'), detected, declared);
    this.#run.clear();
    this.#options.check?.(decoded, cdata);
    this.#text += cdata ? decoded : unescapeXml(decoded);
  }

  /** The text of all runs. */
  get text(): string {
    return this.#text;
  }
}
