/**
 * Compares the gateway with other proxies in one run, on loopback: npm run bench
 *
 * Everything is measured `ROUNDS` times in turns, and the median round is shown, so that a busy
 * moment of the machine does not fall on one of them alone. With --at-once all of them are loaded at
 * the same time: they take each other's time, so that only their CPU time means something, which on a
 * busy machine can be compared in no other way. With --tls the upstream speaks TLS, and each proxy verifies its
 * certificate.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSimulator } from '../src/simulator/simulator.ts';
import { Flood } from './flood.ts';
import { HAS_WRK, load, type LoadResult } from './load.ts';
import { CLIENT, HAS_GO, HAS_NGINX, SECRET, Subjects, TENANT, type Subject, type Task } from './subjects.ts';

const { values } = parseArgs({
  options: {
    'seconds': { type: 'string', default: '5' },
    'rounds': { type: 'string', default: '3' },
    'tls': { type: 'boolean' },
    'at-once': { type: 'boolean' },
  },
});
const SECONDS = Number(values.seconds);
const ROUNDS = Number(values.rounds);
const WARM_UP_SECONDS = 12;
const LARGE_BYTES = 40 * 1024 * 1024;

interface Measurement extends LoadResult {
  /** Microseconds of CPU time for each request. */
  readonly cpu: number;
}

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-bench-'));
const requests = join(import.meta.dirname, '../test/fixtures/captures/managed-api/flow');
const findItem = readdirSync(requests)
  .map((name) => join(requests, name))
  .find((name) => /finditem/i.test(name));
const small = file('small.xml', envelope(`<FindItemResponse>${'x'.repeat(800)}</FindItemResponse>`));
const request = file(
  'request.xml',
  findItem === undefined ? envelope('<m:FindItem/>') : bodyOf(readFileSync(findItem)),
);
const large = file('large.xml', envelope(`<m:GetItem>${'x'.repeat(LARGE_BYTES)}</m:GetItem>`));

const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
  mailboxes: [],
});
const subjects = new Subjects(folder, values.tls === true ? simulator.tls : undefined);
const upstream = await subjects.upstream({ small, large });
const gateway = await subjects.gateway(upstream, simulator);
const all = [
  upstream,
  ...(HAS_NGINX ? [await subjects.nginx(upstream)] : []),
  ...(HAS_GO ? [await subjects.go(upstream)] : []),
  await subjects.proxy('floor', 'floor', upstream),
  await subjects.proxy('http-proxy', 'http-proxy', upstream),
  await subjects.proxy('@fastify/http-proxy', 'fastify-http-proxy', upstream),
  gateway,
];

process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}, ` +
    `${HAS_WRK ? 'wrk' : 'own load generator'}, ${ROUNDS} × ${SECONDS} s\n\n`,
);
// Warms up: just-in-time compilation, connections, the first token and password hash.
await each(all, (subject) => measure(subject, 'small', request, 16, WARM_UP_SECONDS));

const busy = await rounds((subject) => measure(subject, 'small', request, 16, SECONDS), all);
const alone = await rounds((subject) => measure(subject, 'small', request, 1, SECONDS), all);
const down = await rounds((subject) => measure(subject, 'download', request, 1, SECONDS), all);
const up = await rounds((subject) => measure(subject, 'upload', large, 1, SECONDS), all);
const [challenged] = await rounds(
  () =>
    measure(
      { ...gateway, address: () => ({ ...gateway.address('small'), headers: { 'content-type': 'text/xml' } }) },
      'small',
      request,
      16,
      SECONDS,
    ),
  [gateway],
);
const flood = new Flood(gateway.address('small').url);
const [flooded] = await rounds((subject) => measure(subject, 'small', request, 16, SECONDS), [gateway]);
await flood.stop();
await subjects.close();
await simulator.close();
rmSync(folder, { recursive: true });

table('1 KB requests, 16 connections', busy, ['requests/s', 'p50 ms', 'p99 ms', 'CPU µs/request'], (m) => [
  m.perSecond.toFixed(0),
  m.median.toFixed(2),
  m.p99.toFixed(2),
  m.cpu.toFixed(1),
]);
table('1 KB requests, 1 connection', alone, ['requests/s', 'p50 ms', 'p99 ms', 'CPU µs/request'], (m) => [
  m.perSecond.toFixed(0),
  m.median.toFixed(3),
  m.p99.toFixed(3),
  m.cpu.toFixed(1),
]);
const megabytes = (m: Measurement): string[] => [
  ((m.perSecond * LARGE_BYTES) / 2 ** 20).toFixed(0),
  (m.cpu / 1000).toFixed(1),
];
table('40 MB answers, 1 connection', down, ['MB/s', 'CPU ms/answer'], megabytes);
table('40 MB requests, 1 connection', up, ['MB/s', 'CPU ms/request'], megabytes);
targets();

async function measure(
  subject: Subject,
  task: Task,
  body: string,
  connections: number,
  seconds: number,
): Promise<Measurement> {
  const before = subject.cpuSeconds();
  const result = await load({ ...subject.address(task), body, connections, seconds }, folder);
  return { ...result, cpu: ((subject.cpuSeconds() - before) * 1e6) / result.requests };
}

async function rounds(
  once: (subject: Subject) => Promise<Measurement>,
  measured: readonly Subject[],
): Promise<Measurement[]> {
  const results = measured.map((): Measurement[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, measurement] of (await each(measured, once)).entries()) results[index]?.push(measurement);
  const middle = Math.floor(ROUNDS / 2);
  return results.flatMap((list) => list.toSorted((a, b) => a.perSecond - b.perSecond).slice(middle, middle + 1));
}

/** One after the other, or all of them at once. */
async function each(
  measured: readonly Subject[],
  once: (subject: Subject) => Promise<Measurement>,
): Promise<Measurement[]> {
  if (values['at-once'] === true) return Promise.all(measured.map(once));
  const results: Measurement[] = [];
  for (const subject of measured) results.push(await once(subject));
  return results;
}

function table(
  title: string,
  results: readonly Measurement[],
  columns: readonly string[],
  cells: (m: Measurement) => string[],
): void {
  const rows = results.map(
    (result, index) =>
      `| ${[all[index]?.name, ...cells(result)].join(' | ')} |${result.errors > 0 ? ` ${result.errors} errors!` : ''}`,
  );
  process.stdout.write(
    `## ${title}\n\n| | ${columns.join(' | ')} |\n| --- |${' ---: |'.repeat(columns.length)}\n${rows.join('\n')}\n\n`,
  );
}

function targets(): void {
  const of = (results: readonly Measurement[], name: string): Measurement | undefined =>
    results[all.findIndex((subject) => subject.name === name)];
  const ratio = (results: readonly Measurement[], name: string): number =>
    (of(results, 'ews-gateway')?.perSecond ?? Number.NaN) / (of(results, name)?.perSecond ?? Number.NaN);
  const lines: [string, number, string, boolean][] = [];
  const atLeast = (what: string, value: number, limit: number): unknown =>
    lines.push([what, value, `at least ${limit}`, value >= limit]);
  const atMost = (what: string, value: number, limit: number): unknown =>
    lines.push([what, value, `at most ${limit}`, value <= limit]);
  atLeast('requests/s ÷ @fastify/http-proxy', ratio(busy, '@fastify/http-proxy'), 2);
  atLeast('requests/s ÷ http-proxy', ratio(busy, 'http-proxy'), 1.3);
  const overFloor = (results: readonly Measurement[]): number =>
    (of(results, 'ews-gateway')?.cpu ?? Number.NaN) / (of(results, 'floor')?.cpu ?? Number.NaN);
  atMost('CPU per request ÷ floor', overFloor(busy), 1.5);
  atMost('CPU of 40 MB answers ÷ floor', overFloor(down), 1.15);
  atMost('CPU of 40 MB requests ÷ floor', overFloor(up), 1.15);
  atMost('CPU µs/request', of(busy, 'ews-gateway')?.cpu ?? Number.NaN, 65);
  atMost(
    'ms added at 1 connection',
    (of(alone, 'ews-gateway')?.median ?? Number.NaN) - (of(alone, 'direct')?.median ?? Number.NaN),
    0.35,
  );
  if (HAS_NGINX) atLeast('40 MB answers ÷ nginx', ratio(down, 'nginx'), 0.8);
  if (HAS_NGINX) atLeast('40 MB requests ÷ nginx', ratio(up, 'nginx'), 0.8);
  atMost('CPU µs/challenge', challenged?.cpu ?? Number.NaN, 40);
  atLeast(
    'requests/s under 500 wrong passwords/s ÷ without',
    (flooded?.perSecond ?? Number.NaN) / (of(busy, 'ews-gateway')?.perSecond ?? Number.NaN),
    0.8,
  );
  const rows = lines.map(
    ([what, value, limit, met]) =>
      `| ${what} | ${value.toFixed(2)} | ${limit} | ${Number.isNaN(value) ? 'not measured' : met ? 'yes' : '**no**'} |`,
  );
  process.stdout.write(`## Targets\n\n| | measured | target | met |\n| --- | ---: | --- | --- |\n${rows.join('\n')}\n`);
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function envelope(body: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope ` +
    `xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ` +
    `xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header/>` +
    `<s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** A captured request without its HTTP head. */
function bodyOf(captured: Buffer): Buffer {
  const end = captured.indexOf('\r\n\r\n');
  return captured.subarray(end === -1 ? 0 : end + 4);
}
