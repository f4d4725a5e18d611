/**
 * Ends an answer that comes before the whole request. Closing a connection whose client still sends resets it, and
 * the client loses the answer: what comes is read and thrown away first, within bounds.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
import type { ServerResponse } from 'node:http';

/** More than the largest EWS request; whoever sends on is cut. */
const MOST_BYTES = 256 * 1024 * 1024;
const LONGEST = 30_000;

/**
 * Sends the body of an answer whose head, with its Content-Length, was written, and ends it.
 *
 * @param closing whether the connection will close after it
 */
export function endAfterReading(response: ServerResponse, body: string | Buffer, closing: boolean): void {
  const { req: request } = response;
  if (request.complete || !closing) {
    // Where the connection stays, Node reads the rest of the request itself, until its time is over.
    response.end(body);
    return;
  }
  response.write(body);
  const end = (): void => {
    clearTimeout(timer);
    request.off('data', onData);
    if (!response.destroyed) response.end();
  };
  const timer = setTimeout(end, LONGEST).unref();
  let read = 0;
  const onData = (chunk: Buffer): void => {
    read += chunk.length;
    if (read > MOST_BYTES) end();
  };
  request.on('data', onData);
  request.once('end', end);
  response.once('close', () => clearTimeout(timer));
  request.on('error', () => undefined);
  request.resume();
}
