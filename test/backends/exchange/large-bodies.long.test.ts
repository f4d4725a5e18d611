import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import { request } from 'undici';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { envelope, GET_FOLDER } from '../../support/envelopes.ts';
import { ALICE, assertNoSecrets, basic, CLIENT, newMailbox, SECRET, TENANT, yamlOf } from '../../support/stack.ts';
import { startUpstream } from '../../support/upstream.ts';
import { TEST_KEY } from '../../support/key.ts';

const SIZE = 150 * 1024 * 1024;
const ALLOWED = 48 * 1024 * 1024;
const chunk = Buffer.alloc(64 * 1024, 'x');

function* filler(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= chunk.length) yield left >= chunk.length ? chunk : chunk.subarray(0, left);
}

/** A gateway in a process of its own, so that its memory is its own. */
async function startProcess(
  ews: string,
  simulator: Simulator,
): Promise<{ url: string; peak: () => Promise<number>; stop: () => Promise<string> }> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-test-'));
  writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
  writeFileSync(join(folder, 'gateway.yaml'), yamlOf(simulator, { ews, alice: '    operations: mail' }));
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../../src/main.ts'), 'start', '--config', join(folder, 'gateway.yaml')],
    { env: { ...process.env, SECRET }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  const ready = new Promise<{ listeners: string[]; admin: string }>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      const line = output.split('\n').find((text) => text.includes('configuration in force') && text.endsWith('}'));
      if (line !== undefined) resolve(JSON.parse(line) as { listeners: string[]; admin: string });
    });
  });
  const { listeners, admin } = await ready;
  return {
    url: `${listeners[0]}/ews/exchange.asmx`,
    peak: async () => {
      const text = await (await request(`${admin}/metrics`)).body.text();
      return Number(/^ews_gateway_process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
      return output;
    },
  };
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
  const { url, peak, stop } = await startProcess(ews, simulator);
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
  const before = await peak();
  let highest = before;
  let watching = true;
  const watch = (async () => {
    while (watching) highest = Math.max(highest, await peak());
  })();
  for (const contentLength of [true, false]) {
    t.equal(await upload(contentLength), 200, contentLength ? 'with Content-Length' : 'in chunks');
    t.ok(uploaded > SIZE, 'all of it arrived');
  }
  t.equal(await download(), SIZE);
  watching = false;
  await watch;
  t.ok(highest - before < ALLOWED, `grew by ${Math.round((highest - before) / 1024 / 1024)} MiB`);
  assertNoSecrets(await stop());
});
