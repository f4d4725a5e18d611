/** Answers what is no HTTP request, or comes too slowly, as Node does by itself, and leaves a trace of it. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GatewayError } from '../errors.ts';
import { cut } from './cut.ts';

/** By the error's code; everything else is 400. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Payload Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);
/** The first byte of a TLS record with a ClientHello. */
const HANDSHAKE = 0x16;

interface ParseError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

export class ClientErrors {
  readonly #onTls: (socket: Socket) => void;
  /** The latest answer on each connection. */
  readonly #responses = new WeakMap<Socket, ServerResponse>();

  /** @param onTls called where the client speaks TLS to a plain listener */
  constructor(onTls: (socket: Socket) => void) {
    this.#onTls = onTls;
  }

  /** Notes that a request was received. */
  began(response: ServerResponse): void {
    this.#responses.set(response.req.socket, response);
  }

  /** Sends a bare answer where none has begun, and closes. */
  answer(error: ParseError, socket: Socket): void {
    if (error.rawPacket?.[0] === HANDSHAKE && error.code?.startsWith('HPE_') === true) this.#onTls(socket);
    const response = this.#responses.get(socket);
    const running = response !== undefined && !response.writableFinished;
    if (socket.writable && !(running && response.headersSent)) {
      const status = STATUSES.get(error.code ?? '') ?? '400 Bad Request';
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    }
    if (running && error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
      cut(
        socket,
        new GatewayError('CLIENT_TOO_SLOW', 'The client took too long to send its request (limits.requestSeconds).'),
      );
    else socket.destroy();
  }
}
