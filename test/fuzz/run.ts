/**
 * Throws mutated HTTP and XML at a running gateway: npm run fuzz -- [--seconds 60] [--seed N] [--case N]
 *
 * Everything is sent as Alice. It fails where the gateway ends, leaves a connection without answer
 * for more than two seconds after the client has said all it has to say, grows, or lets a request
 * through that is executed for another mailbox or is another operation than Alice may use.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { OPERATION_PRESETS } from '../../src/ews/operations.ts';
import { heldBy } from '../soak/held.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import {
  ALICE,
  assertNoSecrets,
  basic,
  BOB,
  CLIENT,
  newMailbox,
  SECRET,
  send,
  TENANT,
  yamlOf,
} from '../support/stack.ts';
import { corpus, makeCase } from './cases.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    case: { type: 'string' },
  },
});
const seed = Number(values.seed);
const only = values.case === undefined ? undefined : Number(values.case);
const AT_ONCE = 16;
const PATIENCE = 2_000;
const ALLOWED_GROWTH = 24;

const simulator = await startSimulator({
  apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] }],
  mailboxes: [newMailbox(ALICE), newMailbox(BOB)],
});
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-fuzz-'));
const log = join(folder, 'gateway.log');
writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
writeFileSync(
  join(folder, 'gateway.yaml'),
  yamlOf(simulator, {
    yaml: 'log: { format: json, level: info }\naudit: { file: audit.log }',
    limits: 'requestSeconds: 20',
  }),
);
const gateway = spawn(
  process.execPath,
  [
    '--max-semi-space-size=16',
    '--expose-gc',
    `--import=${join(import.meta.dirname, '../soak/inside.ts')}`,
    join(import.meta.dirname, '../../src/main.ts'),
    'start',
    '--config',
    join(folder, 'gateway.yaml'),
  ],
  { env: { ...process.env, SECRET }, stdio: ['ignore', openSync(log, 'w'), 'inherit', 'ipc'] },
);
let ended: string | undefined;
gateway.once('exit', (code, signal) => (ended = `the gateway ended (${code ?? signal})`));
const ready = /"listeners":\["([^"]+)"\]/;
while (!ready.test(readFileSync(log, 'utf8'))) {
  if (ended !== undefined) throw new Error(ended);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const [, origin = ''] = ready.exec(readFileSync(log, 'utf8')) ?? [];
const { hostname, port } = new URL(origin);
const bodies = corpus(ALICE, BOB);
// Her password is verified once, as it is for a program that runs.
await send(`${origin}/ews/exchange.asmx`, GET_FOLDER, { authorization: basic(ALICE) });

const problems: string[] = [];
const statuses = new Map<string, number>();
let executed = 0;
simulator.exchange.onRequest = ({ operation, mailbox, status }) => {
  simulator.exchange.requests.length = 0;
  if (mailbox === undefined) return;
  executed++;
  if (mailbox !== ALICE) problems.push(`${operation} was executed for ${mailbox}`);
  if (status === 200 && !OPERATION_PRESETS.capture.has(operation))
    problems.push(`${operation} was executed, which is not in capture`);
};

let next = only ?? 0;
const end = Date.now() + (only === undefined ? Number(values.seconds) * 1000 : 0);
/** MiB, every second from when it has settled. */
const memories: number[] = [];
const settled = Date.now() + Math.min(10_000, Number(values.seconds) * 200);
const watch = setInterval(() => {
  if (Date.now() > settled && ended === undefined)
    void memory().then(
      (value) => memories.push(value),
      () => undefined,
    );
}, 1_000);
await Promise.all(
  Array.from({ length: only === undefined ? AT_ONCE : 1 }, async () => {
    do {
      const index = next++;
      const outcome = await play(index);
      const status = /^HTTP\/1\.1 (\d+)/.exec(outcome)?.[1] ?? (outcome === '' ? 'closed' : outcome);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (outcome === 'no answer' || outcome === 'not closed')
        problems.push(`case ${index}: ${outcome} within ${PATIENCE} ms`);
    } while (Date.now() < end && problems.length === 0 && ended === undefined);
  }),
);
clearInterval(watch);
// The lowest of a third: what requests hold at the moment is left out.
const third = Math.ceil(memories.length / 3);
const [before, after] = [Math.min(...memories.slice(0, third)), Math.min(...memories.slice(-third))];
if (ended !== undefined) problems.push(ended);
else if ((await send(`${origin}/ews/exchange.asmx`, GET_FOLDER, { authorization: basic(ALICE) })).status !== 200)
  problems.push('afterwards the gateway no longer serves');
if (after - before > ALLOWED_GROWTH) problems.push(`what the process holds grew from ${before} to ${after} MiB`);
const output = readFileSync(log, 'utf8');
if (output.includes('"outcome":"INTERNAL"'))
  problems.push(`a request failed inside the gateway: ${/.*"outcome":"INTERNAL".*/.exec(output)?.[0].slice(0, 1_000)}`);
try {
  assertNoSecrets(output + readFileSync(join(folder, 'audit.log'), 'utf8'));
} catch (error) {
  problems.push(String(error));
}
gateway.kill('SIGTERM');
await simulator.close();
rmSync(folder, { recursive: true });

const counts = [...statuses]
  .toSorted()
  .map(([status, count]) => `${status}: ${count}`)
  .join(', ');
process.stdout.write(
  `seed ${seed}: ${next - (only ?? 0)} requests (${counts}), ${executed} executed by Exchange, ` +
    `${before} → ${after} MiB\n`,
);
for (const problem of problems) process.stdout.write(`FAILED ${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

/**
 * Sends one case; returns what came back. A request that is whole has to be answered, the others at least dropped
 * once the client has gone.
 */
function play(index: number): Promise<string> {
  const { pieces, whole } = makeCase(seed, index, bodies, ALICE, BOB);
  return new Promise((resolve) => {
    let received = '';
    let timer: NodeJS.Timeout | undefined;
    const socket = connect(Number(port), hostname);
    const goodbye = (): void => {
      socket.end();
      timer = setTimeout(() => {
        resolve('not closed');
        socket.destroy();
      }, PATIENCE);
    };
    socket.on('data', (chunk: Buffer) => {
      if (received === '') {
        clearTimeout(timer);
        timer = setTimeout(goodbye, 20);
      }
      if (received.length < 1_000) received += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.once('connect', () => {
      socket.setNoDelay(true);
      for (const piece of pieces) socket.write(piece);
      timer = setTimeout(
        () => {
          if (!whole) return goodbye();
          resolve('no answer');
          socket.destroy();
        },
        whole ? PATIENCE : 100,
      );
    });
  });
}

/** MiB that the gateway holds after a full collection: on a slow machine V8 makes none within a minute. */
async function memory(): Promise<number> {
  const { reachable } = await heldBy(gateway, AbortSignal.timeout(PATIENCE));
  return Math.round(reachable / 2 ** 20);
}
