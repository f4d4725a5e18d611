/** A TCP line to a server that can be cut, fall silent, or become slow. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Test } from 'tap';

export interface FaultyLine {
  readonly port: number;
  /** Milliseconds that everything is late, each way; 0 at first. */
  delay: number;
  /** Breaks all connections, and refuses new ones. */
  cut(): void;
  /** Passes nothing on any more, and breaks nothing: what is sent is lost. */
  silence(): void;
  /** Connections made from now on work again; those that were silenced are broken. */
  restore(): void;
}

export async function faultyLine(t: Test, target: number): Promise<FaultyLine> {
  let state: 'open' | 'cut' | 'silent' = 'open';
  const sockets = new Set<Socket>();
  const line: FaultyLine = {
    port: 0,
    delay: 0,
    cut: () => {
      state = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    silence: () => {
      state = 'silent';
    },
    restore: () => {
      if (state !== 'open') for (const socket of sockets) socket.destroy();
      state = 'open';
    },
  };
  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay();
      from.on('data', (bytes: Buffer) => {
        if (state !== 'silent') setTimeout(() => state !== 'silent' && to.writable && to.write(bytes), line.delay);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    line.cut();
    server.close();
  });
  return Object.assign(line, { port: (server.address() as AddressInfo).port });
}
