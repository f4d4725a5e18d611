/** Tells TLS from plain HTTP by a connection's first byte, so that a client with the wrong address learns of it. */
import type { Socket } from 'node:net';

export interface TlsOrHttp {
  /** Of the listener. */
  readonly url: string;
  /** How long the first byte may take, in milliseconds. */
  readonly timeout: number;
  readonly onTls: () => void;
  readonly onHttp: () => void;
}

/** How long an answer in plain HTTP may take to be read. */
const LONGEST = 2_000;
/** The beginnings of the methods that HTTP clients use. */
const METHOD = /^(?:GET|POST|HEAD|OPTI|PUT|DELE|PATC|CONN|PROP)/;

/** Looks at the first bytes of a connection to a TLS listener, and answers plain HTTP with the right address. */
export function passTlsOn(socket: Socket, { url, timeout, onTls, onHttp }: TlsOrHttp): void {
  const onTimeout = (): void => void socket.destroy();
  const onError = (): void => undefined;
  socket.setTimeout(timeout, onTimeout);
  socket.on('error', onError);
  socket.once('readable', () => {
    const first = socket.read() as Buffer | null;
    if (first === null) {
      socket.destroy();
      return;
    }
    socket.setTimeout(0);
    socket.off('timeout', onTimeout);
    if (METHOD.test(first.toString('latin1', 0, 8))) {
      onHttp();
      answer(socket, url);
      return;
    }
    socket.off('error', onError);
    socket.unshift(first);
    onTls();
  });
}

function answer(socket: Socket, url: string): void {
  const text = `This address speaks TLS: use ${url}/ews/exchange.asmx, with https.\r\n`;
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n' +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  // What still comes is read, else the connection would be reset and the answer lost.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LONGEST).unref();
  socket.once('close', () => clearTimeout(timer));
}
