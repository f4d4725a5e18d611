/**
 * An upstream on bare sockets (TLS where it is given a certificate and its key), so that it is not what limits: takes
 * any POST with a Content-Length, and answers 40 MB under /download/, else 1 KB.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const [port, smallFile = '', largeFile = '', certificate, key = ''] = process.argv.slice(2);
const answer = (content: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: ${content.length}\r\n\r\n`,
    ),
    content,
  ]);
const small = answer(readFileSync(smallFile));
const large = answer(readFileSync(largeFile));

const server =
  certificate === undefined
    ? createServer({ noDelay: true }, serve)
    : createTlsServer({ noDelay: true, cert: readFileSync(certificate), key: readFileSync(key) }, serve);
server.listen(Number(port), '127.0.0.1');

function serve(socket: Socket): void {
  let head = '';
  /** Body bytes still to come, undefined while the head is incomplete. */
  let missing: number | undefined;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    if (missing !== undefined) missing -= chunk.length;
    else {
      const before = head.length;
      head += chunk.toString('latin1', 0, Math.min(chunk.length, 16_384));
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      missing =
        Number(/content-length: *(\d+)/i.exec(head.slice(0, end))?.[1] ?? 0) - (chunk.length - (end + 4 - before));
    }
    if (missing > 0) return;
    socket.write(head.startsWith('POST /download/') ? large : small);
    head = '';
    missing = undefined;
  });
}
