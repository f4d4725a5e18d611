/**
 * The floor: what node:http and undici cost to move the same bytes – the same headers, a bearer token, a small body in
 * one piece, the answer's head and body – with nothing decided, checked or recorded.
 */
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';

const [port, target = '', authority] = process.argv.slice(2);
const pool = new Pool(target, {
  connections: 256,
  pipelining: 1,
  connect: authority === undefined ? {} : { ca: readFileSync(authority) },
});
const token = `Bearer ${'x'.repeat(1_200)}`;

const IN_ONE_PIECE = 64 * 1024;

createServer((request, response) => {
  const { url = '/', headers } = request;
  const forward = (body: Buffer | Readable): void =>
    void pool.dispatch(
      {
        path: url,
        method: 'POST',
        headers: {
          'content-type': 'text/xml; charset=utf-8',
          'content-length': headers['content-length'],
          'client-request-id': '5a9f8a4e-7a4e-4b6c-8a52-0d5a1ec5a7f0',
          'x-anchormailbox': 'small@contoso.test',
          'authorization': token,
        },
        body,
      },
      new Relay(response),
    );
  if (Number(headers['content-length']) > IN_ONE_PIECE) {
    forward(request);
    return;
  }
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => forward(Buffer.concat(pieces)));
}).listen(Number(port), '127.0.0.1');

class Relay implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(): void {
    // undici wants it.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: object): void {
    this.#response.writeHead(status, { ...headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#response.end();
  }

  onResponseError(): void {
    this.#response.destroy();
  }
}
