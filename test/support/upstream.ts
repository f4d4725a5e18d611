/** An upstream that answers as a test wants, on loopback. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Test } from 'tap';

export async function startUpstream(
  t: Test,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/EWS/Exchange.asmx`;
}

/** A connection that shows every byte. */
export class RawConnection {
  readonly #socket: Socket;
  #received = '';
  #closed = false;
  #changed: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      this.#changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#changed();
    });
  }

  static async open(t: Test, origin: string): Promise<RawConnection> {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    t.teardown(() => socket.destroy());
    return new RawConnection(socket);
  }

  write(text: string | Buffer): void {
    this.#socket.write(text);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits until what came matches; returns and forgets all that came up to the end of the match. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match !== null) {
        const end = match.index + match[0].length;
        const text = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return text;
      }
      if (this.#closed) throw new Error(`closed after: ${this.#received}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  async closed(): Promise<string> {
    while (!this.#closed) await new Promise<void>((resolve) => (this.#changed = resolve));
    return this.#received;
  }
}
