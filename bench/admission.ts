/**
 * Sign-ins after a restart, on loopback (Linux, where all of 127.0.0.0/8 is this machine), and what the gateway then
 * holds in memory: npm run build && npm run bench:admission
 *
 * First beside 500 wrong sign-ins a second from another network, then a thousand callers at once, then these callers
 * one after the other as quickly as it answers. What was built is measured where it is there, else the source.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { startSimulator } from '../src/simulator/simulator.ts';
import { Flood } from './flood.ts';
import { CLIENT, PASSWORD, PROGRAMS, SECRET, Subjects, TENANT, type GatewaySubject } from './subjects.ts';

const CALLERS = 1_000;
const FLOOD_SECONDS = 5;
const MOST_BESIDE_FLOOD = 2_000;
const MOST_FOR_ALL = 30_000;
const LOAD_SECONDS = 20;
const AT_A_TIME = 32;
const MOST_MEMORY = 200;
/** One network, and so many addresses that their locks do not end the flood. */
const ATTACKERS = Array.from({ length: 200 }, (_, count) => `127.0.1.${count + 1}`);
const NAMES = Array.from({ length: CALLERS }, (_, count) => `caller-${count}@contoso.test`);
const BODY =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:FindItem ' +
  'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"/></s:Body></s:Envelope>';

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-admission-'));
const answer = join(folder, 'answer.xml');
writeFileSync(answer, BODY.replace('FindItem', 'FindItemResponse'));
const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
  mailboxes: [],
});
const agent = new Agent({ connections: CALLERS });
const program = existsSync(PROGRAMS.built.at(-1) ?? '') ? PROGRAMS.built : PROGRAMS.source;
let met = true;

process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}; ` +
    `${program.at(-1)}\n\n`,
);
await afterRestart('flood', async (gateway, url) => {
  const flood = new Flood(url, { from: ATTACKERS, names: NAMES });
  await sleep(FLOOD_SECONDS * 1_000);
  const before = gateway.cpuSeconds();
  const times: number[] = [];
  for (const name of ['small', 'download', 'upload']) {
    const { status, milliseconds } = await signIn(url, `${name}@contoso.test`);
    if (status !== 200) met = false;
    times.push(milliseconds);
    await sleep(1_000);
  }
  const core = (gateway.cpuSeconds() - before) / ((times.reduce((sum, time) => sum + time, 0) + 3_000) / 1_000);
  await flood.stop();
  const slowest = Math.max(...times);
  target('ms until the first sign-in beside 500 wrong ones a second, slowest of 3', slowest, MOST_BESIDE_FLOOD);
  process.stdout.write(
    `  refused ${flood.answered}, turned away ${flood.turnedAway}, the gateway took ${core.toFixed(2)} cores\n`,
  );
});
await afterRestart('all', async (gateway, url) => {
  const begun = performance.now();
  const before = gateway.cpuSeconds();
  const results = await Promise.all(NAMES.map((name) => signIn(url, name)));
  target(`ms until all of ${CALLERS} callers are served`, performance.now() - begun, MOST_FOR_ALL);
  const refused = results.filter(({ status }) => status !== 200).length;
  if (refused > 0) met = false;
  const cpu = gateway.cpuSeconds() - before;
  process.stdout.write(`  ${refused} refused; the gateway took ${cpu.toFixed(1)} s of CPU\n`);
  // What is measured then is no sign-in.
  let missing = NAMES.filter((_, index) => results[index]?.status !== 200);
  while (missing.length > 0) {
    const again = await Promise.all(missing.map((name) => signIn(url, name)));
    missing = missing.filter((_, index) => again[index]?.status !== 200);
  }
  await underLoad(gateway, url);
});
await agent.destroy();
await simulator.close();
rmSync(folder, { recursive: true });
process.exitCode = met ? 0 : 1;

async function afterRestart(name: string, run: (gateway: GatewaySubject, url: string) => Promise<void>): Promise<void> {
  const own = join(folder, name);
  mkdirSync(own);
  const subjects = new Subjects(own);
  try {
    const upstream = await subjects.upstream({ small: answer, large: answer });
    const gateway = await subjects.gateway(upstream, simulator, { callers: CALLERS, program });
    await run(gateway, gateway.address('small').url);
  } finally {
    await subjects.close();
  }
}

/** Requests of all callers in turn. */
async function underLoad(gateway: GatewaySubject, url: string): Promise<void> {
  const end = performance.now() + LOAD_SECONDS * 1_000;
  const before = gateway.cpuSeconds();
  let [sent, failed, most] = [0, 0, 0];
  const sampling = setInterval(() => (most = Math.max(most, gateway.residentMemory())), 100);
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const { status } = await signIn(url, NAMES[sent++ % CALLERS] ?? '');
      if (status !== 200) failed++;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
  clearInterval(sampling);
  if (failed > 0) met = false;
  target(`MiB resident at most, while ${CALLERS} callers send for ${LOAD_SECONDS} s`, most, MOST_MEMORY);
  const cpu = ((gateway.cpuSeconds() - before) * 1_000_000) / sent;
  process.stdout.write(`  ${sent} requests, ${failed} failed, ${cpu.toFixed(0)} µs of CPU each\n`);
}

async function signIn(url: string, name: string): Promise<{ status: number; milliseconds: number }> {
  const begun = performance.now();
  const response = await request(url, {
    method: 'POST',
    dispatcher: agent,
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      'authorization': `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString('base64')}`,
    },
    body: BODY,
  });
  await response.body.dump();
  return { status: response.statusCode, milliseconds: performance.now() - begun };
}

function target(what: string, value: number, most: number): void {
  if (value > most) met = false;
  process.stdout.write(`${what}: ${value.toFixed(0)} (at most ${most})\n`);
}
