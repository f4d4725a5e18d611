/** A server on loopback at a free port, for the simulated services. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CertificatePair } from './certificate.ts';

export interface SimulatedServer {
  /** Where it really listens, on loopback. */
  readonly port: number;
  /** scheme://host:port */
  readonly origin: string;
  /** Connections accepted so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/**
 * @param name by which clients reach it, which the certificate must have; an origin where something leads
 *   there from another port
 */
export async function serve(
  handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  tls: CertificatePair | undefined,
  port = 0,
  name?: string,
): Promise<SimulatedServer> {
  let connections = 0;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handler(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  };
  const server: Server =
    tls === undefined ? createServer(listener) : createTlsServer({ cert: tls.certificate, key: tls.key }, listener);
  server.keepAliveTimeout = 60_000;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    origin:
      name?.includes('://') === true
        ? name
        : `${scheme}://${name ?? (tls === undefined ? '127.0.0.1' : 'localhost')}:${bound}`,
    port: bound,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
