/** One request to Exchange and what became of it, over undici's dispatch with backpressure both ways. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { GatewayError } from '../errors.ts';

/** What an attempt came to: relayed to the client to its end, or held back with its head. */
export type AttemptResult =
  | { readonly relayed: true; readonly status: number; readonly headers: IncomingHttpHeaders; readonly bytes: number }
  | { readonly relayed: false; readonly status: number; readonly headers: IncomingHttpHeaders };

export interface AttemptOptions {
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.DispatchOptions;
  readonly client: ServerResponse;
  /** Whether the client should see the response's head before there is a body (streaming notifications). */
  readonly flushHead: boolean;
  /**
   * Decides over the response's head.
   *
   * @returns the headers for the client, or undefined to hold the response back
   */
  readonly onHead: (status: number, headers: IncomingHttpHeaders) => Record<string, string | string[]> | undefined;
}

/** The failure of an attempt, with whether any of the request may have reached Exchange. */
export class AttemptError extends Error {
  readonly sent: boolean;
  override readonly cause: Error;

  constructor(cause: Error, sent: boolean) {
    super(cause.message);
    this.name = 'AttemptError';
    this.cause = cause;
    this.sent = sent;
  }
}

/**
 * Sends the request. If the client goes away, it is aborted; if the upstream breaks off while its
 * response is being relayed, the client's connection is cut, so that it cannot take a part for the whole.
 *
 * @throws AttemptError where there was no whole response
 */
export function attempt({ dispatcher, request, client, flushHead, onHead }: AttemptOptions): Promise<AttemptResult> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let sent = false;
    let relaying = false;
    let settled = false;
    let status = 0;
    let bytes = 0;
    let head: IncomingHttpHeaders = {};

    const onDrain = (): void => controller?.resume();
    const onClientClose = (): void => {
      if (!settled) controller?.abort(new GatewayError('CLIENT_GONE', 'The client closed the connection before the answer was complete.'));
    };
    const settle = (): void => {
      settled = true;
      client.off('drain', onDrain);
      client.off('close', onClientClose);
    };
    client.on('close', onClientClose);

    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        sent = true;
        if (client.destroyed || client.socket?.destroyed === true) onClientClose();
      },
      onResponseStart(_, statusCode, headers) {
        if (statusCode < 200) return;
        status = statusCode;
        head = headers;
        const relayed = onHead(statusCode, headers);
        if (relayed === undefined) {
          settle();
          resolve({ relayed: false, status, headers });
          // Nobody needs the body; a short one is read so that the connection can be used again.
          if (!(Number(headers['content-length']) <= 64 * 1024)) controller?.abort(new Error('not wanted'));
          return;
        }
        relaying = true;
        client.on('drain', onDrain);
        client.writeHead(statusCode, relayed);
        // Else an answer that begins with silence would not begin at all.
        if (flushHead) client.flushHeaders();
      },
      onResponseData(current, chunk) {
        if (!relaying) return;
        bytes += chunk.length;
        if (!client.write(chunk)) current.pause();
      },
      onResponseEnd() {
        if (!relaying) return;
        settle();
        client.end();
        resolve({ relayed: true, status, headers: head, bytes });
      },
      onResponseError(_, error) {
        if (settled) return;
        settle();
        if (relaying) client.destroy();
        reject(new AttemptError(error, sent));
      },
    });
  });
}
