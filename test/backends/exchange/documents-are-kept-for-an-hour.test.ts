import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import type { EwsDocument } from '../../../src/backends/backend.ts';
import { DocumentCache } from '../../../src/backends/exchange/document-cache.ts';
import type { CallResult } from '../../../src/backends/exchange/call-result.ts';

const HOUR = 3_600_000;
/** The longest document that is kept, in bytes. */
const LONGEST = 4 * 1024 * 1024;

interface Kept {
  readonly cache: DocumentCache;
  readonly pass: (milliseconds: number) => void;
  /** Puts an answer of Exchange into the cache. */
  readonly keep: (document: EwsDocument, result?: Partial<CallResult>, pieces?: readonly Buffer[]) => void;
  /** What a client gets; undefined where nothing is kept. */
  readonly get: (document: EwsDocument) => Promise<{ headers: Headers; body: Buffer } | undefined>;
}

async function setUp(t: Test): Promise<Kept> {
  let now = 1_000;
  const cache = new DocumentCache(() => now);
  const server = createServer((request, response) => {
    const outcome = cache.answer(request.url?.slice(1) as EwsDocument, response);
    if (outcome === undefined) response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    cache,
    pass: (milliseconds) => (now += milliseconds),
    keep: (document, result = {}, pieces = [Buffer.from('<a>'), Buffer.from('</a>')]) => {
      const copy = cache.copy(document);
      for (const piece of pieces) copy.push(piece);
      const headers = { 'content-type': 'text/xml', ...('headers' in result ? result.headers : {}) };
      const whole = { kind: 'relayed', status: 200, bytes: 0, endedEarly: false };
      copy.keep({ ...whole, ...result, headers } as CallResult);
    },
    get: async (document) => {
      const response = await fetch(`http://127.0.0.1:${port}/${document}`, { headers: { connection: 'close' } });
      const body = Buffer.from(await response.arrayBuffer());
      return response.status === 204 ? undefined : { headers: response.headers, body };
    },
  };
}

t.test('a document is given out for an hour', async (t) => {
  const { keep, get, pass } = await setUp(t);
  const headers = { 'content-type': 'text/xml', 'etag': '"1"', 'set-cookie': ['a=b'], 'request-id': 'x' };
  keep('types.xsd', { headers });
  t.equal(await get('messages.xsd'), undefined, 'and no other');
  pass(HOUR - 1);
  const got = await get('types.xsd');
  t.equal(got?.body.toString(), '<a></a>');
  t.match(Object.fromEntries(got?.headers ?? []), { 'content-type': 'text/xml', 'etag': '"1"', 'content-length': '7' });
  t.notOk(got?.headers.has('set-cookie') === true || got?.headers.has('request-id') === true, 'of one request');
  pass(1);
  t.equal(await get('types.xsd'), undefined);
});

t.test('only a whole answer that anybody can read is kept', async (t) => {
  const { keep, get } = await setUp(t);
  const results: readonly Partial<CallResult>[] = [
    { status: 304 },
    { headers: { 'content-encoding': 'gzip' } },
    { headers: { 'content-type': 'text/html' } },
    { kind: 'held', status: 200, fault: undefined },
  ];
  for (const result of results) {
    keep('types.xsd', result);
    t.equal(await get('types.xsd'), undefined, JSON.stringify(result));
  }
  keep('types.xsd', { headers: { 'content-encoding': 'identity' } });
  t.equal((await get('types.xsd'))?.body.length, 7);
});

t.test('a document longer than any of EWS is not kept', async (t) => {
  const { keep, get } = await setUp(t);
  const half = Buffer.alloc(LONGEST / 2, 'x');
  keep('types.xsd', {}, [half, half, Buffer.from('x'), Buffer.from('</a>')]);
  t.equal(await get('types.xsd'), undefined);
  keep('types.xsd', {}, [half, half]);
  t.equal((await get('types.xsd'))?.body.length, LONGEST);
});

t.test('what asks for less than a whole document is left to Exchange', async (t) => {
  const { cache } = await setUp(t);
  t.equal(cache.serves('types.xsd', {}), true);
  t.equal(cache.serves('Exchange.asmx', {}), false, 'which redirects');
  const conditions: readonly IncomingHttpHeaders[] = [
    { 'if-none-match': '"1"' },
    { 'if-modified-since': 'x' },
    { range: 'bytes=0-1' },
  ];
  for (const headers of conditions) t.equal(cache.serves('types.xsd', headers), false, JSON.stringify(headers));
});
