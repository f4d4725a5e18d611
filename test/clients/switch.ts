/**
 * Switches EWS off at every request of a real client's scenario in turn:
 * npm run test:switch [-- [--every N] NAME...]
 *
 * `--every` tries each Nth request only.
 *
 * With backend: auto the client must finish each time without an error, with every message once. What keeps state of
 * one backend on the client's side (SyncState, subscriptions) is left out: it starts over after a switch, as
 * docs/graph.md says, which these scenarios do not expect. test/backends/switching has that, and the requests of
 * clients that were recorded. Evolution alone does nothing without a SyncState, and expects to start over.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OPERATIONS } from '../../src/backends/graph/operations/table.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { mailboxFromFolder, startSimulator } from '../../src/simulator/simulator.ts';
import { simulatedRegistration } from '../support/registration.ts';
import { CHEAP, CLIENT, PASSWORD, SECRET, TENANT } from '../support/stack.ts';
import { checkSessions, findDavMail, startDavMail, type DavMail } from './davmail.ts';
import { checkEvolution, missingForEvolution } from './evolution.ts';
import { checkJavaScriptApi } from './ews-javascript-api.ts';

interface Scenario {
  readonly name: string;
  /** Default: {@link PASSWORD}. */
  readonly password?: string;
  readonly missing?: () => string | undefined;
  /** Whether the program asks for something once only, whatever mailboxes it opens: a first run is for that. */
  readonly warmsUp?: boolean;
  /** @returns how many checks passed; @throws Error where one failed */
  readonly run: (run: {
    readonly url: string;
    readonly username: string;
    readonly sender: string;
    readonly folder: string;
  }) => Promise<number>;
}

const STATEFUL = /^(?:Sync|Subscribe|Unsubscribe|GetEvents|GetStreamingEvents)/;
const SERVED = [...OPERATIONS.keys()].filter((name) => !STATEFUL.test(name));
const serves = (...operations: readonly string[]): boolean =>
  operations.every((operation) => SERVED.includes(operation));
const PYTHON = '/usr/bin/python3';
/** It sends a question mark for what is not ASCII. */
const DAVMAIL_PASSWORD = 'PLANTED:password';

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'ews-javascript-api',
    run: (given) =>
      checkJavaScriptApi({
        ...given,
        password: PASSWORD,
        backend: 'graph',
        serves,
        // The scenario does not discover.
        tls: { port: 0, certificate: '', certificateFile: '' },
      }),
  },
  {
    name: 'exchangelib',
    missing: () =>
      spawnSync(PYTHON, ['-c', 'import exchangelib']).status === 0
        ? undefined
        : "install Debian's package python3-exchangelib",
    run: async ({ url, username, sender }) => {
      const script = join(import.meta.dirname, 'with_exchangelib.py');
      const child = spawn(PYTHON, [script, url, username, PASSWORD, sender, SERVED.join(',')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
      if (status !== 0) throw new Error(output);
      return Number(/(\d+) checks passed/.exec(output)?.[1] ?? 0);
    },
  },
  {
    name: 'davmail',
    password: DAVMAIL_PASSWORD,
    missing: () => (findDavMail() === undefined ? "install Debian's package davmail-server" : undefined),
    warmsUp: true,
    run: async ({ url, ...given }) => {
      davmail ??= await startDavMail(url, folder);
      return checkSessions(davmail, { ...given, password: DAVMAIL_PASSWORD, serves });
    },
  },
  {
    name: 'evolution',
    missing: missingForEvolution,
    run: (given) => checkEvolution({ ...given, password: PASSWORD, serves }),
  },
];
/** For all runs, since it takes seconds to start. */
let davmail: DavMail | undefined;

/** What a client may see of the switch, and why. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    /ErrorServerBusy: Exchange has refused EWS in the middle of a large request/,
    'a body that is too large to be kept is sent again by the client, after a back-off',
  ],
];

/** More than any scenario has requests. */
const MOST_RUNS = 150;
const mail = join(import.meta.dirname, '../../src/simulator/mail');
const { values, positionals: wanted } = parseArgs({
  options: { every: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const every = Number(values.every);
if (!Number.isInteger(every) || every < 1) throw new Error(`--every ${values.every} is no number of requests`);
const simulator = await startSimulator({
  apps: [
    { tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite', 'Mail.Send'] },
  ],
  mailboxes: [],
});
const { exchange } = simulator;
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-switch-'));
const callers = await Promise.all(
  SCENARIOS.map(async ({ name, password = PASSWORD }) => {
    const hash = await hashPassword(password, CHEAP);
    return Array.from({ length: MOST_RUNS }, (_, index) => [
      `  - { username: ${addressOf(name, index)}, password: { hash: "${hash}" } }`,
      `  - { username: sender-${name}-${index}, mailbox: ${addressOf(name, index)}, operations: mail, ` +
        `password: { hash: "${hash}" } }`,
    ]).flat();
  }),
);
writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
writeFileSync(
  join(folder, 'gateway.yaml'),
  [
    'listen: ["http://127.0.0.1:0"]',
    'admin: { url: "http://127.0.0.1:0" }',
    ...simulatedRegistration(simulator, ['backend: auto']),
    'callers:',
    ...callers.flat(),
    'caCertificates: [ca.pem]',
    // Each run tries a wrong password too.
    'lockout: { namesPerAddress: 10000 }',
    'limits: { shutdownSeconds: 1 }',
    '',
  ].join('\n'),
);
const gateway = new Gateway(
  loadConfig(join(folder, 'gateway.yaml'), { environment: { SECRET } }),
  createLogger({ level: process.env['LOG_LEVEL'] ?? 'fatal', format: 'json' }),
);
await gateway.start();

function addressOf(scenario: string, index: number): string {
  return `${scenario}-${index}@contoso.test`;
}

/** @param after how many requests EWS is switched off @returns the requests that Exchange got */
async function runOnce({ name, run }: Scenario, index: number, after: number): Promise<number> {
  const username = addressOf(name, index);
  exchange.mailboxes.push(await mailboxFromFolder(username, mail));
  exchange.settings.ewsEnabled = after > 0;
  let count = 0;
  exchange.onRequest = () => {
    if (++count === after) exchange.settings.ewsEnabled = false;
  };
  await run({
    url: `${gateway.urls[0]}/ews/exchange.asmx`,
    username,
    sender: `sender-${name}-${index}`,
    folder: mkdtempSync(join(folder, `${name}-`)),
  });
  return count;
}

let [passed, known, failed] = [0, 0, 0];
for (const scenario of SCENARIOS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const { name } = scenario;
  const why = scenario.missing?.();
  if (why !== undefined) {
    process.stdout.write(`${name}: skipped: ${why}\n`);
    if (process.env['CI'] !== undefined) failed++;
    continue;
  }
  const first = await runOnce(scenario, 0, Number.POSITIVE_INFINITY);
  const requests = scenario.warmsUp === true ? await runOnce(scenario, MOST_RUNS - 1, Number.POSITIVE_INFINITY) : first;
  if (requests + 1 >= MOST_RUNS) throw new Error(`${name} makes ${requests} requests`);
  for (let after = 0; after < requests; after += every) {
    try {
      const asked = await runOnce(scenario, after + 1, after);
      if (asked !== after + 1) throw new Error(`EWS was asked ${asked - after - 1} times after the block`);
      passed++;
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const why = KNOWN.find(([pattern]) => pattern.test(text))?.[1];
      if (why !== undefined) {
        known++;
        process.stdout.write(`${name}: with EWS off after ${after} of ${requests} requests: ${why}\n`);
        continue;
      }
      failed++;
      process.stdout.write(`${name}: FAILED with EWS off after ${after} of ${requests} requests: ${text}\n`);
    }
  }
  process.stdout.write(
    `${name}: switched at ${every === 1 ? 'each' : `one in ${every}`} of its ${requests} requests\n`,
  );
}
await davmail?.close();
await gateway.close();
await simulator.close();
rmSync(folder, { recursive: true });
process.stdout.write(`switch tests: ${passed} runs passed, ${known} saw what is known, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
