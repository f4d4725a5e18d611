/**
 * A client's request body that can be looked at, sent, and sent once more.
 *
 * The head is read from the first chunks; the rest streams. As long as all that has come fits the
 * replay bound, it is kept, so that a request refused for its token can be repeated.
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { GatewayError } from '../errors.ts';
import { streamed } from '../network/buffer-collection.ts';

/** How much of a body is kept for sending it again. */
export const REPLAY_BYTES = 1024 * 1024;

/** Looks at a body as it comes; throws a GatewayError to refuse it. */
export interface BodyInspector {
  /** A body that is here whole; without it, it is pushed and ended. */
  whole?(bytes: Buffer): void;
  push(bytes: Buffer): void;
  end(): void;
}

/** A body to be sent. */
export interface SentBody {
  readonly content: Buffer | Readable;
  readonly length: number | undefined;
}

export class RequestBody {
  readonly #source: IncomingMessage;
  /** Value of Content-Length, NaN for chunks. */
  readonly #announced: number;
  /** What has come and may be sent (again); the first piece is the head. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #received = 0;
  #overflowed = false;
  #discarded = false;
  #ended = false;
  /** Whether nobody waits for less than the whole body. */
  #toEnd = false;
  #failure: Error | undefined;
  #wanted: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  #reader: Readable | undefined;
  readonly #inspectors: BodyInspector[] = [];

  constructor(source: IncomingMessage) {
    this.#source = source;
    this.#announced = Number(source.headers['content-length'] ?? Number.NaN);
    source.on('data', (chunk: Buffer) => this.#onData(chunk));
    source.on('end', () => this.#onEnd());
    source.on('error', () => undefined); // 'close' follows and says all there is to say
    source.on('close', () => {
      if (!this.#ended)
        this.#onFailure(
          new GatewayError('CLIENT_GONE', 'The client closed the connection before it had sent the whole request.'),
        );
    });
  }

  /** Body bytes the client has sent so far. */
  get received(): number {
    return this.#received;
  }

  /** Whether the whole body has come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Everything that has come so far; only while all of it is kept. */
  beginning(): Buffer {
    const all = this.#kept.length === 1 ? (this.#kept[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#kept);
    this.#kept = [all];
    return all;
  }

  /** Waits until more than `bytes` have come, or the end. Rejects where the client went away. */
  async more(bytes: number): Promise<void> {
    while (this.#received <= bytes && !this.#ended) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve, reject) => {
        this.#wanted = { resolve, reject };
        this.#source.resume();
      });
      this.#wanted = undefined;
    }
    if (!this.#ended) this.#source.pause();
  }

  /**
   * Reads the body to its end, for a backend that sends nothing before. What is too large to be kept is forgotten as it
   * comes: its inspectors have seen it. Rejects where the client went away or an inspector refused.
   */
  async readToEnd(): Promise<void> {
    this.#toEnd = true;
    // Of an attempt that is over; it must not hold the source back.
    this.#reader?.destroy();
    this.#reader = undefined;
    this.#forgetIfTooLarge();
    while (!this.#ended) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve, reject) => {
        this.#wanted = { resolve, reject };
        this.#source.resume();
      });
      this.#wanted = undefined;
    }
  }

  /**
   * Has everything from a byte on looked at: what has come now, the rest before it is passed on. A
   * refusal later on breaks the stream given out by {@link send}, so that Exchange never gets a whole
   * request.
   *
   * @throws what the inspector throws
   */
  inspect(inspector: BodyInspector, from: number): void {
    const rest = this.beginning().subarray(from);
    if (this.#ended) {
      if (inspector.whole !== undefined) inspector.whole(rest);
      else {
        inspector.push(rest);
        inspector.end();
      }
      return;
    }
    inspector.push(rest);
    this.#inspectors.push(inspector);
  }

  /** Whether {@link send} would give the whole body once more. */
  get replayable(): boolean {
    return !this.#overflowed;
  }

  /**
   * The body from its beginning, as one buffer where all of it is here, else as a stream. A stream given out before
   * ends without another byte.
   *
   * @param rewrite makes of what has come so far what is sent in its place; the rest is sent as it comes
   * @returns the length in bytes where it is known, else the body goes in chunks
   */
  send(rewrite: (received: Buffer) => readonly Buffer[]): SentBody {
    this.#reader?.destroy();
    this.#reader = undefined;
    const received = this.beginning();
    const pieces = rewrite(received);
    const grown = pieces.reduce((sum, piece) => sum + piece.length, 0) - received.length;
    if (this.#ended) {
      const content = pieces.length === 1 ? (pieces[0] ?? received) : Buffer.concat(pieces);
      return { content, length: content.length };
    }
    const source = this.#source;
    const reader = new Readable({ read: () => source.resume(), highWaterMark: 256 * 1024 });
    // It may break off when the attempt is over and nobody reads any more.
    reader.on('error', () => undefined);
    for (const piece of pieces) reader.push(piece);
    this.#forgetIfTooLarge();
    if (this.#failure !== undefined) reader.destroy(this.#failure);
    this.#reader = reader;
    return { content: reader, length: Number.isNaN(this.#announced) ? undefined : this.#announced + grown };
  }

  /** Lets what is still coming run into the void, so that the connection stays usable. */
  discard(): void {
    this.#discarded = true;
    this.#overflowed = true;
    this.#kept = [];
    this.#reader?.destroy();
    this.#reader = undefined;
    this.#source.resume();
  }

  #onData(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#discarded || this.#failure !== undefined) return;
    for (const inspector of this.#inspectors) if (!this.#passes(() => inspector.push(chunk))) return;
    if (!this.#overflowed) {
      this.#kept.push(chunk);
      this.#keptBytes += chunk.length;
    }
    if (this.#reader !== undefined) {
      streamed(chunk.length);
      this.#forgetIfTooLarge();
      if (!this.#reader.push(chunk)) this.#source.pause();
    }
    // Known before 'end' is emitted, so that a small body is sent in one piece.
    if (this.#received === this.#announced) this.#onEnd();
    else if (this.#toEnd) this.#forgetIfTooLarge();
    else if (this.#reader === undefined) this.#wanted?.resolve();
  }

  #onEnd(): void {
    if (this.#ended || this.#discarded || this.#failure !== undefined) return;
    for (const inspector of this.#inspectors) if (!this.#passes(() => inspector.end())) return;
    this.#ended = true;
    this.#wanted?.resolve();
    this.#reader?.push(null);
  }

  /** Whether the inspector lets it pass; if not, nothing of the body is passed on any more. */
  #passes(look: () => void): boolean {
    try {
      look();
      return true;
    } catch (error) {
      this.#onFailure(GatewayError.from(error));
      return false;
    }
  }

  #forgetIfTooLarge(): void {
    if (this.#keptBytes <= REPLAY_BYTES) return;
    this.#overflowed = true;
    this.#kept = [];
    this.#keptBytes = 0;
  }

  #onFailure(error: Error): void {
    this.#failure ??= error;
    this.#wanted?.reject(error);
    this.#reader?.destroy(error);
  }
}
