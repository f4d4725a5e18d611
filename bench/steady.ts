/**
 * What a request costs at 20 requests a second, which is how gateways really run: code that is not hot yet, timers,
 * and a process that sleeps in between: npm run build && npm run bench:steady
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { startSimulator } from '../src/simulator/simulator.ts';
import { CLIENT, PROGRAMS, SECRET, Subjects, TENANT } from './subjects.ts';

const INTERVAL = 50;
const MOST = 1.2;
/**
 * Seconds after the start from which on it is measured. At this rate V8 takes more than a minute to compile what each
 * request runs: the last figure is that of a gateway which is left alone.
 */
const BEGINS = [20, 90] as const;
const BODY =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:FindItem ' +
  'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"/></s:Body></s:Envelope>';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, source: { type: 'boolean' } },
});
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-steady-'));
const answer = join(folder, 'answer.xml');
writeFileSync(answer, BODY.replace('FindItem', 'FindItemResponse'));
const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
  mailboxes: [],
});
const subjects = new Subjects(folder);
const agent = new Agent();
const upstream = await subjects.upstream({ small: answer, large: answer });
const program = values.source === true ? PROGRAMS.source : PROGRAMS.built;
const gateway = await subjects.gateway(upstream, simulator, { program });
const measured = [gateway, await subjects.proxy('floor', 'floor', upstream)];
const seconds = Number(values.seconds);
process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}\n` +
    `CPU ms/request at 20 requests/s (at most ${MOST} at last), and of the floor at the same time\n`,
);
let passed = 0;
for (const begin of BEGINS) {
  await send(begin - passed);
  const before = measured.map((subject) => subject.cpuSeconds());
  await send(seconds);
  passed = begin + seconds;
  const [cpu = Number.NaN, floor = Number.NaN] = measured.map(
    (subject, index) => ((subject.cpuSeconds() - (before[index] ?? Number.NaN)) * INTERVAL) / seconds,
  );
  process.stdout.write(`from second ${begin} on: ${cpu.toFixed(2)}, ${floor.toFixed(2)}\n`);
  process.exitCode = cpu <= MOST ? 0 : 1;
}
await agent.destroy();
await subjects.close();
await simulator.close();
rmSync(folder, { recursive: true });

/** One after the other to each of the two. @param duration in seconds */
async function send(duration: number): Promise<void> {
  for (let sent = 0; sent < (duration * 1_000) / INTERVAL; sent++) {
    for (const { address } of measured) {
      const { url, headers } = address('small');
      const { body, statusCode } = await request(url, { method: 'POST', headers, body: BODY, dispatcher: agent });
      await body.dump();
      if (statusCode !== 200) throw new Error(`it was answered with ${statusCode}`);
    }
    await sleep(INTERVAL);
  }
}
