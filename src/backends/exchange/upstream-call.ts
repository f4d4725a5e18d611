/** One HTTP exchange with Exchange, over undici's dispatch with backpressure both ways. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { GatewayError } from '../../errors.ts';
import { streamed } from '../../network/buffer-collection.ts';
import { isConnectTimeout } from '../../network/outbound.ts';
import type { CallSink } from '../backend.ts';
import type { CallResult, RelayedHeaders } from './call-result.ts';
import { EnvelopeBoundary } from './envelope-boundary.ts';

export interface CallOptions {
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.DispatchOptions;
  readonly client: ServerResponse;
  /** Whether the client should see the response's head before there is a body (streaming notifications). */
  readonly flushHead: boolean;
  /** Whether a short answer with HTTP 500 is held until it has been judged. */
  readonly holdFaults: boolean;
  /**
   * Decides over the response's head.
   *
   * @returns the headers for the client, or undefined to hold the response
   */
  readonly onHead: (status: number, headers: IncomingHttpHeaders) => RelayedHeaders | undefined;
  /** Reads each piece of what is relayed, before the client gets it. */
  readonly watch: ((piece: Buffer) => void) | undefined;
  /** Aborted, with a GatewayError, once a stream is to end: at the end of an envelope. */
  readonly ending: AbortSignal | undefined;
  /** How long the request may wait for a connection to Exchange, in milliseconds. */
  readonly longestWait: number;
  /** Says what a failure means; `sent` is whether any of the request may have reached Exchange. */
  readonly explain: (error: Error, sent: boolean) => GatewayError;
  /** Notified once the call has ended. */
  readonly sink: CallSink;
}

/** Faults that are longer are not held. */
const MAX_FAULT_BYTES = 64 * 1024;
/** How long the end of an envelope that has begun is waited for. */
const ENDING_GRACE = 2_000;
const BUSY_BACK_OFF = 5_000;

/**
 * Sends the request. If the client goes away, it is aborted; if the upstream breaks off while its response is being
 * relayed, the client's connection is cut, so that it cannot take a part for the whole.
 *
 * @throws GatewayError where there was no whole response, and sending it once more would be no use
 */
export function callUpstream(options: CallOptions): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    const call = new UpstreamCall(options, resolve, reject);
    options.dispatcher.dispatch(options.request, call);
    call.waitForConnection();
  });
}

class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly #options: CallOptions;
  readonly #resolve: (result: CallResult) => void;
  readonly #reject: (error: GatewayError) => void;
  readonly #onClientClose = (): void => this.#abortForClient();
  #onDrain: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  /** The length that the head announces; NaN where it does not. */
  #announced = Number.NaN;
  #bytes = 0;
  /** Headers for the client that are not written yet; undefined before the head has come and afterwards. */
  #unwritten: RelayedHeaders | undefined;
  #relaying = false;
  /** Pieces of a fault that is held until it is complete. */
  #fault: Buffer[] | undefined;
  /** Runs while the request waits for a connection, and later while the end of an envelope is waited for. */
  #timer: NodeJS.Timeout | undefined;
  readonly #boundary: EnvelopeBoundary | undefined;
  readonly #onEnding = (): void => this.#endAtBoundary();

  constructor(options: CallOptions, resolve: (result: CallResult) => void, reject: (error: GatewayError) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    options.client.on('close', this.#onClientClose);
    this.#boundary = options.ending === undefined ? undefined : new EnvelopeBoundary();
    options.ending?.addEventListener('abort', this.#onEnding);
  }

  /** Bounds the wait for a connection; with a free one the request has begun within `dispatch`. */
  waitForConnection(): void {
    if (this.#controller !== undefined || this.#settled) return;
    this.#timer = setTimeout(() => this.#waitedTooLong(), this.#options.longestWait);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    clearTimeout(this.#timer);
    if (this.#settled) {
      controller.abort(new Error('nobody waits for it any more'));
      return;
    }
    const { client, ending } = this.#options;
    if (ending?.aborted === true) this.#endAtBoundary();
    else if (client.destroyed || client.socket?.destroyed === true) this.#abortForClient();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#announced = Number(headers['content-length']);
    this.#unwritten = this.#options.onHead(status, headers);
    if (this.#unwritten === undefined) {
      this.#settle();
      this.#resolve({ kind: 'held', status, headers, fault: undefined });
      // Nobody needs the body; a short one is read so that the connection can be used again.
      if (!(this.#announced <= 64 * 1024)) controller.abort(new Error('not wanted'));
      return;
    }
    this.#relaying = true;
    if (status === 500 && this.#options.holdFaults) {
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

  /** Too long for a fault: what has come is relayed, and the rest as it comes. */
  #relayFault(controller: Dispatcher.DispatchController): void {
    const pieces = this.#fault ?? [];
    this.#fault = undefined;
    this.#bytes = 0;
    for (const piece of pieces) this.#relay(controller, piece);
  }

  #relay(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { client, watch, ending } = this.#options;
    if (ending?.aborted === true) {
      const last = this.#boundary?.cut(chunk);
      if (last !== undefined) {
        this.#bytes += last.length;
        this.#writeHead();
        client.write(last);
        this.#finishEarly();
        return;
      }
    }
    this.#boundary?.pass(chunk);
    watch?.(chunk);
    this.#bytes += chunk.length;
    this.#writeHead();
    // The last piece takes the end along: a small answer is one write, after which nothing is left to wait for.
    if (this.#bytes === this.#announced) client.end(chunk);
    else if (!client.write(chunk)) {
      if (this.#onDrain === undefined) client.on('drain', (this.#onDrain = () => this.#controller?.resume()));
      controller.pause();
    }
    streamed(chunk.length);
  }

  onResponseEnd(): void {
    if (!this.#relaying) return;
    this.#settle();
    const [status, headers] = [this.#status, this.#headers];
    if (this.#fault !== undefined) {
      const fault = { body: Buffer.concat(this.#fault), headers: this.#unwritten ?? {} };
      this.#resolve({ kind: 'held', status, headers, fault });
      return;
    }
    this.#writeHead();
    const { client } = this.#options;
    if (!client.writableEnded) client.end();
    this.#resolve({ kind: 'relayed', status, headers, bytes: this.#bytes, endedEarly: false });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    const explained = this.#options.explain(error, this.#controller !== undefined);
    if (!isConnectTimeout(error)) {
      this.#fail(explained);
      return;
    }
    this.#settle();
    this.#resolve({ kind: 'broken', error: explained, sent: false });
  }

  /** Where the client has a part of an answer, its connection is cut; else it can be told. */
  #fail(error: GatewayError): void {
    this.#settle();
    const { client } = this.#options;
    if (!this.#relaying || this.#unwritten !== undefined || this.#fault !== undefined) {
      if (error.code === 'UPSTREAM_CUT') this.#resolve({ kind: 'broken', error, sent: true });
      else this.#reject(error);
      return;
    }
    const bytes = Math.max(0, this.#bytes - client.writableLength);
    client.destroy();
    this.#reject(error.afterBeginning({ status: this.#status, bytes }));
  }

  #waitedTooLong(): void {
    if (this.#settled) return;
    this.#fail(
      new GatewayError(
        'UPSTREAM_BUSY',
        'All connections to Exchange are in use (limits.upstreamConnections), and the request waited for one too ' +
          'long (throttling.longestWaitSeconds). Try again later.',
        { backOffMilliseconds: BUSY_BACK_OFF },
      ),
    );
  }

  /** Ends a stream now where an envelope has just ended, else with the one that is on its way. */
  #endAtBoundary(): void {
    if (this.#settled) return;
    const reason = GatewayError.from(this.#options.ending?.reason);
    if (!this.#relaying) {
      this.#fail(reason);
      this.#controller?.abort(reason);
    } else if (this.#boundary?.reached === true) this.#finishEarly();
    else
      this.#timer = setTimeout(() => {
        if (this.#settled) return;
        this.#fail(reason);
        this.#controller?.abort(reason);
      }, ENDING_GRACE);
  }

  #finishEarly(): void {
    this.#settle();
    this.#writeHead();
    this.#options.client.end();
    this.#resolve({
      kind: 'relayed',
      status: this.#status,
      headers: this.#headers,
      bytes: this.#bytes,
      endedEarly: true,
    });
    this.#controller?.abort(new Error('the stream was ended'));
  }

  #writeHead(): void {
    if (this.#unwritten === undefined) return;
    this.#options.client.writeHead(this.#status, this.#unwritten);
    this.#unwritten = undefined;
  }

  #abortForClient(): void {
    if (this.#settled) return;
    const gone = new GatewayError('CLIENT_GONE', 'The client closed the connection before the answer was complete.');
    // Before it has a connection, there is nothing to abort; it is dropped once it gets one.
    if (this.#controller === undefined) this.#fail(gone);
    else this.#controller.abort(gone);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    const { client, ending, sink } = this.#options;
    ending?.removeEventListener('abort', this.#onEnding);
    client.off('close', this.#onClientClose);
    if (this.#onDrain !== undefined) client.off('drain', this.#onDrain);
    sink.upstreamCall(this.#status === 0 ? undefined : this.#status);
    const id = this.#headers['request-id'];
    if (typeof id === 'string') sink.upstreamRequestId(id);
  }
}
