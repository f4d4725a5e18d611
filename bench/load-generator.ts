/** A plain load generator: each connection posts, waits for the whole answer, and posts again. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Load, LoadResult } from './load.ts';

const { url, headers, body, connections, seconds } = JSON.parse(process.argv[2] ?? '') as Load;
const { hostname, port, pathname } = new URL(url);
const content = readFileSync(body);
const head = [
  `POST ${pathname} HTTP/1.1`,
  `Host: ${hostname}:${port}`,
  `Content-Length: ${content.length}`,
  ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  '',
  '',
].join('\r\n');
const request = Buffer.concat([Buffer.from(head), content]);

const latencies: number[] = [];
let errors = 0;
const startedAt = performance.now();
const end = startedAt + seconds * 1000;
await Promise.all(Array.from({ length: connections }, () => useConnection()));
const took = (performance.now() - startedAt) / 1000;
const sorted = Float64Array.from(latencies).toSorted();
const result: LoadResult = {
  requests: sorted.length,
  perSecond: sorted.length / took,
  median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
  p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  errors,
};
process.stdout.write(JSON.stringify(result));

function useConnection(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let sentAt = 0;
    let received: Buffer = Buffer.alloc(0);
    /** Bytes of the answer still to come, undefined while its head is incomplete. */
    let missing: number | undefined;
    const next = (): void => {
      sentAt = performance.now();
      if (sentAt >= end) {
        socket.destroy();
        return;
      }
      missing = undefined;
      received = Buffer.alloc(0);
      socket.write(request);
    };
    socket.setNoDelay(true);
    socket.once('connect', next);
    socket.on('error', () => errors++);
    socket.on('close', () => resolve());
    socket.on('data', (chunk: Buffer) => {
      if (missing !== undefined) missing -= chunk.length;
      else {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const headEnd = received.indexOf('\r\n\r\n');
        if (headEnd === -1) return;
        const text = received.toString('latin1', 0, headEnd);
        if (!text.startsWith('HTTP/1.1 2')) errors++;
        missing = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? Number.NaN) - (received.length - headEnd - 4);
      }
      if (missing === 0) {
        latencies.push(performance.now() - sentAt);
        next();
      }
    });
  });
}
