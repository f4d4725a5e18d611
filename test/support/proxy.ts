/** An HTTP proxy that tunnels to this machine, whatever name is asked for, as a name server of its own would. */
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Test } from 'tap';
import type { CertificatePair } from '../../src/simulator/certificate.ts';

export interface TestProxy {
  readonly url: string;
  /** host:port of each tunnel asked for. */
  readonly tunnels: string[];
}

/**
 * @param credentials user:password it insists on
 * @param tls makes it a proxy that is reached by https
 */
export async function startProxy(t: Test, { credentials, tls, status }: { readonly credentials?: string; readonly tls?: CertificatePair; readonly status?: number } = {}): Promise<TestProxy> {
  const tunnels: string[] = [];
  const sockets = new Set<Duplex>();
  const server = tls === undefined ? createHttpServer() : createHttpsServer({ cert: tls.certificate, key: tls.key });
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    sockets.add(client);
    client.on('error', () => undefined);
    const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (status !== undefined || request.headers['proxy-authorization'] !== expected) {
      client.end(`HTTP/1.1 ${status ?? 407} Refused\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n`);
      return;
    }
    tunnels.push(request.url ?? '');
    const upstream = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client);
      client.pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
}
