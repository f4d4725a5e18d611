import { Readable } from 'node:stream';
import t from 'tap';
import { request } from 'undici';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { startGatewayProcess } from '../../support/gateway-process.ts';
import { ALICE, basic, CLIENT, newMailbox, SECRET, TENANT } from '../../support/stack.ts';
import { startUpstream } from '../../support/upstream.ts';
import { TEST_KEY } from '../../support/key.ts';

const SIZE = 150 * 1024 * 1024;
const ALLOWED = 48 * 1024 * 1024;
const chunk = Buffer.alloc(64 * 1024, 'x');

function* filler(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= chunk.length) yield left >= chunk.length ? chunk : chunk.subarray(0, left);
}

t.test('150 MB each way grow the process by less than 48 MiB', async (t) => {
  let uploaded = 0;
  const ews = await startUpstream(t, (incoming, response) => {
    uploaded = 0;
    incoming.on('data', (data: Buffer) => (uploaded += data.length));
    incoming.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/xml' });
      if (incoming.headers['x-clientstatistics'] === 'download') Readable.from(filler(SIZE)).pipe(response);
      else response.end('<ok/>');
    });
  });
  const simulator = await startSimulator({
    key: TEST_KEY,
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
    mailboxes: [newMailbox(ALICE)],
  });
  t.teardown(() => simulator.close());
  const gateway = await startGatewayProcess(t, simulator, { ews, alice: '    operations: mail' });
  const { url } = gateway;
  const headers = { 'authorization': basic(ALICE), 'content-type': 'text/xml; charset=utf-8' };
  const [head = '', tail = ''] = envelope('<m:CreateItem>FILLER</m:CreateItem>').split('FILLER');

  const upload = async (contentLength: boolean): Promise<number> => {
    const body = Readable.from(
      (function* () {
        yield Buffer.from(head);
        yield* filler(SIZE);
        yield Buffer.from(tail);
      })(),
    );
    const length = head.length + SIZE + tail.length;
    const response = await request(url, {
      method: 'POST',
      headers: { ...headers, ...(contentLength ? { 'content-length': String(length) } : {}) },
      body,
    });
    await response.body.dump();
    return response.statusCode;
  };
  const download = async (): Promise<number> => {
    const response = await request(url, {
      method: 'POST',
      headers: { ...headers, 'x-clientstatistics': 'download' },
      body: GET_FOLDER,
    });
    let bytes = 0;
    for await (const data of response.body) bytes += (data as Buffer).length;
    return bytes;
  };

  // What the process needs anyway once it has served something.
  for (let count = 0; count < 20; count++)
    await (await request(url, { method: 'POST', headers, body: GET_FOLDER })).body.dump();
  gateway.resetPeak();
  const before = gateway.peakBytes();
  for (const contentLength of [true, false]) {
    t.equal(await upload(contentLength), 200, contentLength ? 'with Content-Length' : 'in chunks');
    t.ok(uploaded > SIZE, 'all of it arrived');
  }
  t.equal(await download(), SIZE);
  const grown = gateway.peakBytes() - before;
  t.ok(grown < ALLOWED, `grew by ${Math.round(grown / 1024 / 1024)} MiB`);
});
