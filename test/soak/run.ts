/**
 * Runs imports through a gateway around which everything goes wrong at once, for as long as asked:
 * npm run soak -- [--minutes 20] [--seed N] [--only flood,slowClients,reloads,clockSteps,fullDisk]
 *
 * Wrong passwords in floods, slow clients, reloads (some of a configuration that is not usable), steps of the clock,
 * and a full disk that comes and goes. It fails where a request of a rightful caller is not carried out, an attachment
 * does not arrive whole, the gateway does not say that it is healthy, something fails inside of it, it grows, or it
 * does not end in order. The same seed makes the same disturbances; how they meet the requests is up to the machine.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { Dice } from '../fuzz/cases.ts';
import { ALICE, BOB, CLIENT, newMailbox, PASSWORD, SECRET, TENANT, yamlOf } from '../support/stack.ts';
import { DISTURBANCES, type Scene } from './disturbances.ts';
import { GatewayProcess } from './gateway-process.ts';
import { keepImporting, RightfulCaller, Tally } from './imports.ts';
import { slopeOfLastHalf, type Sample } from './slope.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const GRAPH = ['graph-1@contoso.test', 'graph-2@contoso.test'];
const IMPORTERS = [ALICE, BOB, ...GRAPH];
/** Callers that sign in once, in the midst of it. */
const LATE = Array.from({ length: Math.ceil(minutes * 10) }, (_, index) => `late-${index}@contoso.test`);
const SAMPLE_INTERVAL = 5_000;
/** MiB a minute, over the last half. */
const ALLOWED_SLOPE = 1;
/** A run has to last so many minutes for its slope to say something: caches fill in the first ones. */
const SHORTEST_FOR_SLOPE = 10;
/** MiB in which what a short run holds at its end may differ from what it held in its middle. */
const ALLOWED_GROWTH = 16;
/** Milliseconds after which a client would have given up. */
const PATIENCE = 100_000;

const dice = new Dice(seed);
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-soak-'));
const disk = join(folder, 'disk');
mkdirSync(disk);
const mounted = mountDisk(disk);
const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
  mailboxes: [...IMPORTERS, 'slow@contoso.test'].map((address) => newMailbox(address)),
});
simulator.exchange.onRequest = () => (simulator.exchange.requests.length = 0);
simulator.graph.onRequest = () => (simulator.graph.requests.length = 0);
writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
const hash = await hashPassword(PASSWORD);
const callers = [
  ...GRAPH.map((username) => `  - { username: ${username}, backend: graph, password: { hash: "${hash}" } }`),
  `  - { username: slow@contoso.test, password: { hash: "${hash}" } }`,
  ...LATE.map((username) => `  - { username: ${username}, mailbox: ${ALICE}, password: { hash: "${hash}" } }`),
].join('\n');
const VARIANTS = 3;
/** What differs between the variants puts another configuration in force, and takes nothing from anybody. */
const configuration = (variant: number): string =>
  variant === VARIANTS
    ? 'callers: ['
    : yamlOf(simulator, {
        graph: simulator.graph.origin,
        callers,
        limits: `shutdownSeconds: 5, clientIdleSeconds: ${10 + variant}, connectionsPerAddress: ${500 + variant}`,
        yaml: [
          `log: { format: json, level: ${variant % 2 === 0 ? 'info' : 'debug'} }`,
          `audit: { file: ${join(disk, variant < 2 ? 'audit.log' : 'other-audit.log')}, maxBytes: 1000000, keep: 1 }`,
        ].join('\n'),
      });
const gateway = new GatewayProcess({ folder, disk }, configuration(0));
await gateway.ready();

const problems: string[] = [];
const tally = new Tally();
const stopping = new AbortController();
const { signal } = stopping;
void gateway.ended.then((how) => {
  if (!signal.aborted) problems.push(`the gateway ended with ${how}`);
  stopping.abort();
});
const importers = IMPORTERS.map((username) => new RightfulCaller(username, gateway.url, tally));
const scene: Scene = { gateway, disk: mounted ? disk : undefined, configuration, variants: VARIANTS };
const reachable: Sample[] = [];
const resident: Sample[] = [];
const begun = performance.now();
const elapsed = (): number => (performance.now() - begun) / 60_000;
const disturbances = Object.entries(DISTURBANCES).map(([name, disturb], index) =>
  values.only === undefined || values.only.split(',').includes(name)
    ? disturb(scene, new Dice(seed + index), signal)
    : undefined,
);
const work = [
  ...importers.map((caller, index) => {
    const mailbox = simulator.exchange.mailboxes[index];
    if (mailbox === undefined) throw new Error('no mailbox');
    return keepImporting(caller, mailbox, new Dice(seed + 100 + index), tally, signal);
  }),
  signInLate(),
  watch(),
];
await sleep(minutes * 60_000, undefined, { signal }).catch(() => undefined);
stopping.abort();
await Promise.all(work);
await Promise.all(disturbances);
await Promise.all(importers.map((caller) => caller.close()));

const dropped = await gateway.counter('ews_gateway_log_lines_dropped_total').catch(() => Number.NaN);
const ending = await gateway.stop();
if (ending !== 'status 0') problems.push(`told to end, the gateway ended with ${ending}`);
if (mounted && gateway.recoveries === 0 && values.only === undefined) problems.push('the disk was never full');
await simulator.close();
if (mounted) execFileSync('umount', ['--lazy', disk]);
rmSync(folder, { recursive: true });

judge();

/** A file system of its own that is soon full; needs root. */
function mountDisk(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'none', path], { stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write('no disk becomes full: mounting one needs root on Linux\n');
    return false;
  }
}

/** Each of these has never been let in before. */
async function signInLate(): Promise<void> {
  for (const username of LATE) {
    await sleep(dice.below(2 * ((minutes * 60_000) / LATE.length)), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const caller = new RightfulCaller(username, gateway.url, tally);
    await caller.openInbox();
    await caller.close();
    tally.firstSignIns++;
  }
}

async function watch(): Promise<void> {
  for (;;) {
    await sleep(SAMPLE_INTERVAL, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      if (!(await gateway.healthy())) problems.push('/healthz says that it is not healthy');
      const held = await gateway.held();
      reachable.push({ minutes: elapsed(), value: held.reachable / 2 ** 20 });
      resident.push({ minutes: elapsed(), value: held.resident / 2 ** 20 });
    } catch (error) {
      problems.push(`the admin address: ${String(error)}`);
    }
  }
}

/** The first sample of each minute. */
function byMinute(samples: readonly Sample[]): string {
  return samples
    .filter(({ minutes: at }, index) => Math.floor(at) !== Math.floor(samples[index - 1]?.minutes ?? -1))
    .map(({ value }) => value.toFixed(0))
    .join(' ');
}

function judge(): void {
  const times = tally.milliseconds.toSorted((a, b) => a - b);
  const quantile = (part: number): string => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(0);
  const slopes = { reachable: slopeOfLastHalf(reachable), resident: slopeOfLastHalf(resident) };
  const last = (samples: readonly Sample[]): number => samples.at(-1)?.value ?? 0;
  const middle = (samples: readonly Sample[]): number => samples[Math.floor(samples.length / 2)]?.value ?? 0;
  if (tally.imported === 0) problems.push('nothing was imported');
  problems.push(...tally.lost.slice(0, 10), ...gateway.complaints);
  if (Number(quantile(1)) > PATIENCE) problems.push(`a request took ${quantile(1)} ms`);
  if (minutes >= SHORTEST_FOR_SLOPE) {
    if (slopes.reachable > ALLOWED_SLOPE) problems.push(`what it holds grows by ${slopes.reachable} MiB a minute`);
    if (slopes.resident > ALLOWED_SLOPE) problems.push(`the process grows by ${slopes.resident} MiB a minute`);
  } else if (last(reachable) - middle(reachable) > ALLOWED_GROWTH)
    problems.push(`what it holds grew from ${middle(reachable)} to ${last(reachable)} MiB`);
  process.stdout.write(
    [
      `seed ${seed}, ${elapsed().toFixed(1)} minutes, ${cpus()[0]?.model ?? 'unknown CPU'}, ` +
        `${availableParallelism()} cores, Node ${process.version}`,
      `${times.length} requests of rightful callers, ${tally.lost.length} lost; ` +
        `${tally.imported} attachments imported; ${tally.firstSignIns} first sign-ins`,
      `ms a request: median ${quantile(0.5)}, 99 % ${quantile(0.99)}, most ${quantile(1)}`,
      `logs written again after the disk was full: ${gateway.recoveries} times, ${dropped} lines lost`,
      `reachable MiB by minute ${byMinute(reachable)}; a minute over the last half ${slopes.reachable.toFixed(2)}`,
      `resident MiB by minute ${byMinute(resident)}; a minute over the last half ${slopes.resident.toFixed(2)}`,
      ...problems.map((problem) => `FAILED ${problem}`),
      '',
    ].join('\n'),
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
