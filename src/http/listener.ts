/** One address the gateway listens on, plain or TLS. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Limits, ListenerConfig } from '../config/types.ts';
import { GatewayError } from '../errors.ts';
import { openFailure } from '../network/listen-failure.ts';
import { markAwaitingContinue } from './challenge.ts';
import { ClientErrors } from './client-errors.ts';
import type { ConnectionBounds } from './connection-bounds.ts';
import { troubleOfHandshake, type ConnectionTroubles, type TroubleKind } from './connection-troubles.ts';
import { cut } from './cut.ts';
import { passTlsOn } from './tls-or-http.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** What the listeners of one side share. */
export interface ListenerEnvironment {
  readonly limits: Limits;
  readonly bounds: ConnectionBounds;
  readonly troubles: ConnectionTroubles;
  /** Sockets that are open already, by port; one that is taken is removed. */
  readonly inherited?: Map<number, number>;
}

/** Longer than what importers pause between two calls of one run. */
const KEEP_ALIVE_TIMEOUT = 120_000;
const SWEEP_INTERVAL = 50;
/** How often Node looks for clients that exceed their time. */
const CHECKING_INTERVAL = 2_000;
const MAX_HEADER_BYTES = 32 * 1024;
/** Requests of one connection that may be under way: no EWS client sends one before it has the answer to the last. */
const MAX_PIPELINED = 16;
/** Who closes a TLS connection within this time, without a request, may not trust the certificate. */
const SOON = 5_000;

export class Listener {
  readonly config: ListenerConfig;
  readonly #server: Server | TlsServer;
  readonly #environment: ListenerEnvironment;
  /** Open connections, after their TLS handshake where there is one. */
  readonly #open = new Set<Socket>();
  /** Connections without a request yet, which Node does not count as idle when it closes. */
  readonly #unused = new Set<Socket>();
  /** How many requests of a connection have not been answered. */
  readonly #unanswered = new WeakMap<Socket, number>();
  /** Connections before the end of their TLS handshake, by the client's address and port. */
  readonly #handshaking = new Map<string, Socket>();
  #closing = false;

  constructor(config: ListenerConfig, environment: ListenerEnvironment, handler: RequestHandler) {
    this.config = config;
    this.#environment = environment;
    const { limits } = environment;
    const options = {
      // Node wants it not to be longer than the time for the whole request.
      headersTimeout: Math.min(limits.headerSeconds, limits.requestSeconds) * 1000,
      connectionsCheckingInterval: CHECKING_INTERVAL,
      requestTimeout: limits.requestSeconds * 1000,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      maxHeaderSize: MAX_HEADER_BYTES,
      highWaterMark: 256 * 1024,
      noDelay: true,
      requireHostHeader: true,
    };
    const errors = new ClientErrors((socket) => this.#note('https-on-http', socket));
    const onRequest: RequestHandler = (request, response) => {
      if (!this.#mayBegin(request, response)) return;
      this.#unused.delete(request.socket);
      errors.began(response);
      handler(request, response);
    };
    this.#server =
      config.tls === undefined
        ? createServer(options, onRequest)
        : createTlsServer(
            { ...options, ...tlsOptions(config.tls), handshakeTimeout: limits.headerSeconds * 1000 },
            onRequest,
          );
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      markAwaitingContinue(request);
      onRequest(request, response);
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => errors.answer(error, socket as Socket));
    if (config.tls === undefined) this.#listenForHttp();
    else this.#listenForTls(config);
  }

  #listenForHttp(): void {
    this.#server.on('connection', (socket: Socket) => {
      if (this.#hasRoomFor(socket)) this.#enter(socket);
    });
  }

  #listenForTls({ url }: ListenerConfig): void {
    // Node's own handshake comes after a look at the first bytes.
    const handshakes = this.#server.listeners('connection') as ((this: unknown, socket: Socket) => void)[];
    this.#server.removeAllListeners('connection');
    this.#server.on('connection', (socket: Socket) => {
      if (!this.#hasRoomFor(socket)) return;
      const key = peerOf(socket);
      let began = false;
      this.#handshaking.set(key, socket);
      socket.once('close', () => {
        if (this.#handshaking.get(key) !== socket) return;
        this.#handshaking.delete(key);
        if (began && !this.#closing) this.#note('closed-in-handshake', socket);
      });
      passTlsOn(socket, {
        url,
        timeout: this.#environment.limits.headerSeconds * 1000,
        onTls: () => {
          began = true;
          for (const handshake of handshakes) handshake.call(this.#server, socket);
        },
        onHttp: () => this.#note('http-on-https', socket),
      });
    });
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      const trouble = troubleOfHandshake(error.code);
      if (trouble !== undefined) this.#note(trouble, socket);
      if (error.code?.startsWith('ERR_') === true) this.#handshaking.delete(peerOf(socket));
    });
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      this.#handshaking.delete(peerOf(socket));
      this.#enter(socket);
      const { remoteAddress } = socket;
      const since = performance.now();
      socket.once('close', () => {
        const soon = performance.now() - since < SOON;
        if (this.#unused.has(socket) && soon && !this.#closing) this.#note('closed-in-handshake', { remoteAddress });
      });
    });
  }

  #enter(socket: Socket): void {
    this.#open.add(socket);
    this.#unused.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      // Behind those who look whether it was used.
      setImmediate(() => this.#unused.delete(socket));
    });
  }

  /** Closes a connection where there are too many. */
  #hasRoomFor(socket: Socket): boolean {
    const exceeded = this.#environment.bounds.enter(socket);
    if (exceeded === undefined) return true;
    this.#note(exceeded === 'address' ? 'connections-of-address' : 'connections', socket);
    socket.destroy();
    return false;
  }

  /** Node itself begins each request of a connection as it comes, whatever number of them waits for an answer. */
  #mayBegin({ socket }: IncomingMessage, response: ServerResponse): boolean {
    // What a connection that was closed had sent before is still read.
    if (socket.destroyed) return false;
    const begun = (this.#unanswered.get(socket) ?? 0) + 1;
    if (begun > MAX_PIPELINED) {
      this.#note('pipelining', socket);
      cut(
        socket,
        new GatewayError('CLIENT_PIPELINES', `The client sent ${begun} requests on a connection before an answer.`),
      );
      return false;
    }
    this.#unanswered.set(socket, begun);
    response.once('close', () => this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1));
    return true;
  }

  #note(kind: TroubleKind, { remoteAddress = '' }: { readonly remoteAddress?: string | undefined }): void {
    this.#environment.troubles.note(kind, remoteAddress, this.config.url);
  }

  /** @throws Error naming the address and what to do where it cannot be listened on */
  async open(): Promise<void> {
    const { host, port, url } = this.config;
    const { inherited } = this.#environment;
    const fd = inherited?.get(port);
    inherited?.delete(port);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(`${url}: ${openFailure(error)}`, { cause: error })),
      );
      this.#server.listen(fd === undefined ? { host, port } : { fd }, resolve);
    });
  }

  /** The port really listened on, also where 0 was configured. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Uses a renewed certificate without closing the address. */
  renew(tls: ListenerConfig['tls']): void {
    if (tls !== undefined && 'setSecureContext' in this.#server) this.#server.setSecureContext(tlsOptions(tls));
  }

  /**
   * Stops accepting, lets running requests end, and cuts what still runs after `grace` milliseconds.
   *
   * @returns whether every request could end
   */
  async close(grace: number): Promise<boolean> {
    this.#closing = true;
    let clean = true;
    let sweep: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      clean = false;
      const reason = new GatewayError('GATEWAY_STOPPING', 'The gateway stopped before the answer was complete.');
      for (const socket of this.#open) cut(socket, reason);
      this.#server.closeAllConnections();
    }, grace);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      // Node closes what is idle now; a connection whose request ends later would wait for its keep-alive time.
      sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_INTERVAL);
      for (const socket of [...this.#unused, ...this.#handshaking.values()]) socket.destroy();
    });
    clearTimeout(timer);
    clearInterval(sweep);
    return clean;
  }
}

function tlsOptions(tls: NonNullable<ListenerConfig['tls']>): {
  cert: string;
  key: string;
  minVersion: typeof tls.minVersion;
  ciphers?: string;
} {
  return {
    cert: tls.certificate,
    key: tls.key,
    minVersion: tls.minVersion,
    // OpenSSL refuses TLS 1.0 and 1.1 at its default security level.
    ...(tls.minVersion < 'TLSv1.2' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  };
}

/** What tells a connection from all others that are open. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
