/**
 * Writes an EWS answer as it comes to be. Nothing is written before the first piece, so that whatever fails before
 * becomes a fault; what fails later cuts the connection, so that a client cannot take a part for the whole.
 */
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { GatewayError } from '../../errors.ts';
import { answerEnvelope, streamingEnvelope } from '../../ews/envelope.ts';
import type { Piece } from '../../ews/properties/pieces.ts';
import { XmlFragment } from '../../ews/xml.ts';
import { streamed } from '../../network/buffer-collection.ts';

/** An answer that is one response message itself, as that of GetInboxRules. It is the only piece. */
export class WholeMessage {
  readonly responseClass: 'Success' | 'Error';
  readonly content: XmlFragment;

  constructor(responseClass: 'Success' | 'Error', content: XmlFragment) {
    this.responseClass = responseClass;
    this.content = content;
  }
}

/** A part of an answer: markup, or a stream of it. */
export type AnswerPiece = XmlFragment | Piece | WholeMessage;

/** DavMail reads no answer that has another content type. */
const CONTENT_TYPE = { '1.1': 'text/xml; charset=utf-8', '1.2': 'application/soap+xml; charset=utf-8' } as const;
/** Markup is gathered up to this size. */
const BATCH = 16 * 1024;

/**
 * @param operation name of the response element, without `Response`
 * @returns body bytes written
 * @throws what the pieces throw; once something was written, after the connection was cut
 */
export async function writeAnswer(
  client: ServerResponse,
  operation: string,
  soapVersion: '1.1' | '1.2',
  pieces: AsyncIterable<AnswerPiece>,
): Promise<number> {
  let { prefix, suffix } = answerEnvelope(operation, soapVersion);
  const writer = new Writer(client, CONTENT_TYPE[soapVersion]);
  let begun = false;
  try {
    for await (const piece of pieces) {
      if (piece instanceof WholeMessage)
        ({ prefix, suffix } = answerEnvelope(operation, soapVersion, piece.responseClass));
      if (!begun) writer.gather(prefix);
      begun = true;
      if (piece instanceof WholeMessage) writer.gather(piece.content.markup);
      else if (piece instanceof XmlFragment) writer.gather(piece.markup);
      else if (typeof piece === 'string') writer.gather(piece);
      else await writer.stream(piece);
      if (writer.gathered >= BATCH) await writer.flush();
    }
    if (!begun) writer.gather(prefix);
    writer.gather(suffix);
    return await writer.end();
  } catch (error) {
    if (client.headersSent) client.destroy();
    throw error;
  }
}

/** Between two envelopes of a stream, so that clients find each in a read of its own. */
const APART = 5;

/**
 * Writes a stream of notifications: an envelope for each message, whole and in a chunk of its own, since clients look
 * for one in each.
 *
 * @returns body bytes written
 * @throws what the messages throw; once something was written, after the connection was cut
 */
export async function writeStream(client: ServerResponse, messages: AsyncIterable<AnswerPiece>): Promise<number> {
  const writer = new Writer(client, CONTENT_TYPE['1.1']);
  try {
    for await (const message of messages) {
      if (!(message instanceof XmlFragment)) throw new TypeError('a stream is made of messages');
      writer.gather(streamingEnvelope(message));
      await writer.flush();
      await delay(APART);
    }
    if (client.destroyed) throw clientGone();
    return await writer.end();
  } catch (error) {
    if (client.headersSent) client.destroy();
    throw error;
  }
}

class Writer {
  readonly #client: ServerResponse;
  readonly #contentType: string;
  #markup = '';
  #bytes = 0;

  constructor(client: ServerResponse, contentType: string) {
    this.#client = client;
    this.#contentType = contentType;
  }

  get gathered(): number {
    return this.#markup.length;
  }

  gather(markup: string): void {
    this.#markup += markup;
  }

  async flush(): Promise<void> {
    const bytes = Buffer.from(this.#markup);
    this.#markup = '';
    await this.#write(bytes);
  }

  async stream(source: Readable): Promise<void> {
    await this.flush();
    try {
      for await (const chunk of source as AsyncIterable<Buffer | string>) {
        await this.#write(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
        streamed(chunk.length);
      }
    } finally {
      source.destroy();
    }
  }

  async end(): Promise<number> {
    const bytes = Buffer.from(this.#markup);
    if (!this.#client.headersSent) this.#writeHead(bytes.length);
    this.#bytes += bytes.length;
    this.#client.end(bytes);
    return this.#bytes;
  }

  async #write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#client.destroyed) throw clientGone();
    if (!this.#client.headersSent) this.#writeHead(undefined);
    this.#bytes += bytes.length;
    if (this.#client.write(bytes)) return;
    const gone = new AbortController();
    const onClose = (): void => gone.abort(clientGone());
    this.#client.once('close', onClose);
    try {
      await once(this.#client, 'drain', { signal: gone.signal });
    } catch {
      throw clientGone();
    } finally {
      this.#client.off('close', onClose);
    }
  }

  /** @param length of the whole body, undefined where it is not known yet */
  #writeHead(length: number | undefined): void {
    this.#client.writeHead(200, {
      'content-type': this.#contentType,
      ...(length === undefined ? {} : { 'content-length': length }),
    });
  }
}

function clientGone(): GatewayError {
  return new GatewayError('CLIENT_GONE', 'The client closed the connection before the answer was complete.');
}
