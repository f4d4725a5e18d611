/** One request to Exchange and what became of it, over undici's dispatch with backpressure both ways. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { GatewayError } from '../../errors.ts';
import { streamed } from '../../network/buffer-collection.ts';

/** What an attempt came to: relayed to the client to its end, or held back with its head. */
export interface AttemptResult {
  readonly relayed: boolean;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Whether what was held back is a fault that `holdsFault` wanted. */
  readonly heldFault: boolean;
  /** Body bytes relayed. */
  readonly bytes: number;
}

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
  /**
   * Decides over a fault (HTTP 500) by its whole body, as it came.
   *
   * @returns whether to hold it back
   */
  readonly holdsFault: ((body: Buffer, headers: IncomingHttpHeaders) => boolean) | undefined;
  /** Told of each piece of what is relayed, before the client gets it. */
  readonly watch: ((piece: Buffer) => void) | undefined;
  /** Says what a failure means; `sent` is whether any of the request may have reached Exchange. */
  readonly explain: (error: Error, sent: boolean) => GatewayError;
}

/**
 * Sends the request. If the client goes away, it is aborted; if the upstream breaks off while its
 * response is being relayed, the client's connection is cut, so that it cannot take a part for the whole.
 *
 * @throws GatewayError where there was no whole response
 */
export function attempt(options: AttemptOptions): Promise<AttemptResult> {
  return new Promise((resolve, reject) => {
    options.dispatcher.dispatch(options.request, new Relay(options, resolve, reject));
  });
}

/** Faults that are longer are no refusals. */
const MAX_FAULT_BYTES = 64 * 1024;

class Relay implements Dispatcher.DispatchHandler {
  readonly #options: AttemptOptions;
  readonly #resolve: (result: AttemptResult) => void;
  readonly #reject: (error: GatewayError) => void;
  readonly #onClientClose = (): void => this.#abortForClient();
  #onDrain: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #bytes = 0;
  /** Headers for the client that are not written yet; undefined before the head has come and afterwards. */
  #unwritten: Record<string, string | string[]> | undefined;
  #relaying = false;
  /** Pieces of a fault that is judged when it is complete. */
  #fault: Buffer[] | undefined;

  constructor(
    options: AttemptOptions,
    resolve: (result: AttemptResult) => void,
    reject: (error: GatewayError) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    options.client.on('close', this.#onClientClose);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    const { client } = this.#options;
    if (client.destroyed || client.socket?.destroyed === true) this.#abortForClient();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#unwritten = this.#options.onHead(status, headers);
    if (this.#unwritten === undefined) {
      this.#settle();
      this.#resolve(this.#result(false));
      // Nobody needs the body; a short one is read so that the connection can be used again.
      if (!(Number(headers['content-length']) <= 64 * 1024)) controller.abort(new Error('not wanted'));
      return;
    }
    this.#relaying = true;
    if (status === 500 && this.#options.holdsFault !== undefined) {
      this.#fault = [];
      return;
    }
    if (this.#options.flushHead) {
      // Else an answer that begins with silence would not begin at all.
      this.#writeHead();
      this.#options.client.flushHeaders();
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#relaying) return;
    if (this.#fault === undefined) {
      this.#relay(controller, chunk);
      return;
    }
    this.#fault.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_FAULT_BYTES) this.#relayFault(controller);
  }

  #relayFault(controller: Dispatcher.DispatchController): void {
    const pieces = this.#fault ?? [];
    this.#fault = undefined;
    this.#bytes = 0;
    for (const piece of pieces) this.#relay(controller, piece);
  }

  #relay(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { client, watch } = this.#options;
    watch?.(chunk);
    this.#bytes += chunk.length;
    this.#writeHead();
    if (!client.write(chunk)) {
      if (this.#onDrain === undefined) client.on('drain', (this.#onDrain = () => this.#controller?.resume()));
      controller.pause();
    }
    streamed(chunk.length);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (!this.#relaying) return;
    if (this.#fault !== undefined) {
      if (this.#options.holdsFault?.(Buffer.concat(this.#fault), this.#headers) === true) {
        this.#relaying = false;
        this.#settle();
        this.#resolve({ ...this.#result(false), heldFault: true });
        return;
      }
      this.#relayFault(controller);
    }
    this.#settle();
    this.#writeHead();
    this.#options.client.end();
    this.#resolve(this.#result(true));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    this.#settle();
    // While a fault is gathered, the client has nothing yet, and can be told.
    if (this.#relaying && this.#fault === undefined) this.#options.client.destroy();
    this.#reject(this.#options.explain(error, this.#controller !== undefined));
  }

  #writeHead(): void {
    if (this.#unwritten === undefined) return;
    this.#options.client.writeHead(this.#status, this.#unwritten);
    this.#unwritten = undefined;
  }

  #abortForClient(): void {
    if (!this.#settled)
      this.#controller?.abort(
        new GatewayError('CLIENT_GONE', 'The client closed the connection before the answer was complete.'),
      );
  }

  #result(relayed: boolean): AttemptResult {
    return { relayed, heldFault: false, status: this.#status, headers: this.#headers, bytes: this.#bytes };
  }

  #settle(): void {
    this.#settled = true;
    const { client } = this.#options;
    client.off('close', this.#onClientClose);
    if (this.#onDrain !== undefined) client.off('drain', this.#onDrain);
  }
}
