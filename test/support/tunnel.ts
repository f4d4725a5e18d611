/** An HTTP proxy on loopback that only tunnels, to ports of this machine. */
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { CertificatePair } from '../../src/simulator/certificate.ts';

export interface Tunnel {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param route the port that a CONNECT leads to, or the head of the answer that refuses it
 * @param tls makes it a proxy that is reached by https
 */
export async function startTunnel(
  route: (request: IncomingMessage) => number | string,
  tls?: CertificatePair,
): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = tls === undefined ? createHttpServer() : createHttpsServer({ cert: tls.certificate, key: tls.key });
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    sockets.add(client);
    client.on('error', () => undefined);
    const target = route(request);
    if (typeof target === 'string') {
      client.end(`HTTP/1.1 ${target}\r\n\r\n`);
      return;
    }
    const service = connect(target, '127.0.0.1', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
    service.on('error', () => client.destroy());
    client.on('close', () => service.destroy());
    service.on('close', () => client.destroy());
    service.pipe(client).pipe(service);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
