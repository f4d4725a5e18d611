/** Keeps a copy of an answer while it is sent to the client, up to a size. */
import type { ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

export class RecordedAnswer {
  readonly #client: ServerResponse;
  readonly #limit: number;
  #pieces: Buffer[] | undefined = [];
  #bytes = 0;

  /** @param limit in bytes, as they are sent and as they are unpacked */
  constructor(client: ServerResponse, limit: number) {
    this.#client = client;
    this.#limit = limit;
    const write = client.write.bind(client) as (...args: unknown[]) => boolean;
    const end = client.end.bind(client) as (...args: unknown[]) => ServerResponse;
    // The backend that answers need not know of it.
    client.write = ((...args: unknown[]) => {
      this.#keep(args[0]);
      return write(...args);
    }) as ServerResponse['write'];
    client.end = ((...args: unknown[]) => {
      this.#keep(args[0]);
      return end(...args);
    }) as ServerResponse['end'];
  }

  /** The whole answer, unpacked; undefined where it was too large or packed in an unknown way. */
  content(): Buffer | undefined {
    if (this.#pieces === undefined) return undefined;
    const bytes = Buffer.concat(this.#pieces);
    const encoding = String(this.#client.getHeader('content-encoding') ?? 'identity');
    if (encoding === 'identity') return bytes;
    if (encoding !== 'gzip') return undefined;
    try {
      return gunzipSync(bytes, { maxOutputLength: this.#limit });
    } catch {
      return undefined;
    }
  }

  #keep(chunk: unknown): void {
    if (this.#pieces === undefined || chunk === undefined || chunk === null || typeof chunk === 'function') return;
    const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    this.#bytes += piece.length;
    if (this.#bytes > this.#limit) this.#pieces = undefined;
    // A buffer of a socket may be used again once it is written.
    else this.#pieces.push(Buffer.from(piece));
  }
}
