/** A port on loopback behind which connections come to nothing for a while: they are accepted, and nobody answers. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Test } from 'tap';

export interface SilentPort {
  readonly port: number;
  /** Connections so far. */
  readonly connections: () => number;
  /** Leads connections to another port of this machine, after so many that are left silent. */
  lead(port: number, silent: number): void;
}

/** Listens until the test ends. */
export async function startSilentPort(t: Test): Promise<SilentPort> {
  const sockets = new Set<Socket>();
  let target = 0;
  let silent = Number.POSITIVE_INFINITY;
  let connections = 0;
  const server = createServer((client) => {
    connections++;
    sockets.add(client);
    client.on('error', () => undefined);
    if (silent > 0) {
      silent--;
      return;
    }
    const service = connect(target, '127.0.0.1');
    service.on('error', () => client.destroy());
    client.on('close', () => service.destroy());
    service.on('close', () => client.destroy());
    client.pipe(service).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    lead: (port, count) => {
      target = port;
      silent = count;
    },
  };
}
