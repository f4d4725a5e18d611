/** One address the gateway listens on, plain or TLS. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Limits, ListenerConfig } from '../config/types.ts';
import { openFailure } from '../network/listen-failure.ts';
import { markAwaitingContinue } from './challenge.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Longer than what importers pause between two calls of one run. */
const KEEP_ALIVE_TIMEOUT = 120_000;
const SWEEP_INTERVAL = 50;
/** How often Node looks for clients that exceed their time. */
const CHECKING_INTERVAL = 2_000;
const MAX_HEADER_BYTES = 32 * 1024;

export class Listener {
  readonly config: ListenerConfig;
  readonly #server: Server | TlsServer;
  /** Connections without a request yet, which Node does not count as idle when it closes. */
  readonly #unused = new Set<Socket>();
  /** Open connections by client address. */
  readonly #connections = new Map<string, number>();

  constructor(config: ListenerConfig, limits: Limits, handler: RequestHandler) {
    this.config = config;
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
    const onRequest: RequestHandler = (request, response) => {
      this.#unused.delete(request.socket);
      handler(request, response);
    };
    this.#server =
      config.tls === undefined
        ? createServer(options, onRequest)
        : createTlsServer({ ...options, ...tlsOptions(config.tls) }, onRequest);
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      markAwaitingContinue(request);
      onRequest(request, response);
    });
    this.#server.on('connection', (socket: Socket) => this.#admit(socket, limits.connectionsPerAddress));
    this.#server.on(config.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#unused.add(socket);
      socket.once('close', () => this.#unused.delete(socket));
    });
  }

  /** Closes a connection of an address that has too many. */
  #admit(socket: Socket, limit: number): void {
    const address = socket.remoteAddress ?? '';
    const count = (this.#connections.get(address) ?? 0) + 1;
    this.#connections.set(address, count);
    socket.once('close', () => {
      const left = (this.#connections.get(address) ?? 1) - 1;
      if (left === 0) this.#connections.delete(address);
      else this.#connections.set(address, left);
    });
    if (count > limit) socket.destroy();
  }

  /** @throws Error naming the address and what to do where it cannot be listened on */
  async open(): Promise<void> {
    const { host, port, url } = this.config;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(`${url}: ${openFailure(error)}`, { cause: error })),
      );
      this.#server.listen({ host, port }, resolve);
    });
  }

  /** The port really listened on, also where 0 was configured. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Takes over a renewed certificate without closing the address. */
  renew(tls: ListenerConfig['tls']): void {
    if (tls !== undefined && 'setSecureContext' in this.#server) this.#server.setSecureContext(tlsOptions(tls));
  }

  /**
   * Stops accepting, lets running requests end, and cuts what still runs after `grace` milliseconds.
   *
   * @returns whether every request could end
   */
  async close(grace: number): Promise<boolean> {
    let clean = true;
    let sweep: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      clean = false;
      this.#server.closeAllConnections();
    }, grace);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      // Node closes what is idle now; a connection whose request ends later would wait for its keep-alive time.
      sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_INTERVAL);
      for (const socket of this.#unused) socket.destroy();
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
