/**
 * How long the gateway takes until it serves, what it holds in memory when idle, and how often it is woken then, in
 * each form in which it is run: npm run build && npm run package -- linux-x64 && npm run bench:start
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator } from '../src/simulator/simulator.ts';
import { CLIENT, PROGRAMS, SECRET, Subjects, TENANT } from './subjects.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const IDLE_SECONDS = 15;

interface Start {
  readonly wall: number;
  /** Of all its threads until it was ready, in milliseconds. */
  readonly cpu: number;
  /** MiB after its idle seconds. */
  readonly memory: number;
  /** Each second, of all its threads, while idle. */
  readonly wakeUps: number;
}

const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-start-'));
const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
  mailboxes: [],
});
const answer = join(folder, 'answer.xml');
writeFileSync(answer, '');
const upstreams = new Subjects(folder);
const upstream = await upstreams.upstream({ small: answer, large: answer });
const forms = Object.entries(PROGRAMS).filter(([, program]) => existsSync(program.at(-1) ?? ''));
const starts = new Map(forms.map(([name]) => [name, [] as Start[]]));

for (const [name, program] of forms) {
  dropFromPageCache(program[0]);
  await start(`${name}-first`, program, 0);
}
for (let round = 0; round < ROUNDS; round++)
  for (const [name, program] of forms) starts.get(name)?.push(await start(`${name}-${round}`, program));
await upstreams.close();
await simulator.close();
rmSync(folder, { recursive: true });

process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}, median (least) of ` +
    `${ROUNDS}\n\n| | ready after ms | CPU ms | MiB after ${IDLE_SECONDS} s | wake-ups/s |\n` +
    '| --- | ---: | ---: | ---: | ---: |\n',
);
for (const [name, list] of starts)
  process.stdout.write(
    `| ${name} | ${summary(list, 'wall')} | ${summary(list, 'cpu')} | ${summary(list, 'memory')} | ` +
      `${summary(list, 'wakeUps')} |\n`,
  );

/**
 * Drops a file from the page cache (Linux). What has just been written lies there in large pieces, all of which count
 * as the memory of a process that reads some of it: 20 MiB more than after the machine's next start.
 */
function dropFromPageCache(file: string): void {
  spawnSync('sync', [file]);
  spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}

async function start(name: string, program: readonly string[], idleSeconds = IDLE_SECONDS): Promise<Start> {
  const own = join(folder, name);
  mkdirSync(own);
  const subjects = new Subjects(own);
  try {
    const gateway = await subjects.gateway(upstream, simulator, { program });
    const cpu = gateway.cpuSeconds() * 1_000;
    await sleep(idleSeconds * 1_000);
    const memory = gateway.residentMemory();
    const before = gateway.wakeUps();
    await sleep(idleSeconds * 1_000);
    return { wall: gateway.readyAfter, cpu, memory, wakeUps: (gateway.wakeUps() - before) / idleSeconds };
  } finally {
    await subjects.close();
  }
}

function summary(list: readonly Start[], key: keyof Start): string {
  const values = list.map((one) => one[key]).toSorted((a, b) => a - b);
  return `${values[Math.floor(values.length / 2)]?.toFixed(0)} (${values[0]?.toFixed(0)})`;
}
