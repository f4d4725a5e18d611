/**
 * Drives real EWS clients through the gateway against the simulator: npm run test:clients [-- NAME...]
 *
 * Each runs its scenario twice: answered by EWS, and, as NAME-graph, by Microsoft Graph. There it leaves out what
 * the Graph backend does not serve yet, by the backend's own table.
 *
 * A client that is not installed is skipped with a message, but not where CI is set.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPERATIONS } from '../../src/backends/graph/operations/table.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { mailboxFromFolder, startSimulator } from '../../src/simulator/simulator.ts';
import { simulatedRegistration } from '../support/registration.ts';
import { CHEAP, CLIENT, PASSWORD, SCHEMAS, SECRET, TENANT } from '../support/stack.ts';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { discoverWithExchangelib, discoverWithJavaScriptApi } from './autodiscover.ts';
import { checkDavMail, findDavMail } from './davmail.ts';
import { checkEvolution, missingForEvolution } from './evolution.ts';
import { checkJaxWs, missingForJaxWs } from './jax-ws.ts';
import { checkJavaScriptApi } from './ews-javascript-api.ts';
import { outputOf } from './output-of.ts';

/** What a client's run gets. */
export interface ClientRun {
  /** The server address. */
  readonly url: string;
  /** A caller with the preset `capture`, whose mailbox has 4 unread messages. */
  readonly username: string;
  /** A caller for the same mailbox with the preset `mail`. */
  readonly sender: string;
  readonly password: string;
  readonly folder: string;
  /** What answers. */
  readonly backend: 'ews' | 'graph';
  /** Whether the backend serves all these operations. */
  readonly serves: (...operations: readonly string[]) => boolean;
  /** The gateway's https listener. */
  readonly tls: { readonly port: number; readonly certificate: string; readonly certificateFile: string };
}

interface Client {
  readonly name: string;
  readonly password: string;
  /** What it can be answered by; default: both. */
  readonly backends?: readonly ClientRun['backend'][];
  /** Why it cannot be run here, undefined where it can. */
  readonly missing: () => string | undefined;
  /** @returns how many checks passed; @throws Error where one failed */
  readonly run: (run: ClientRun) => Promise<number>;
}

const domain = 'contoso.test';
const TITLES = { ews: 'Exchange', graph: 'Microsoft Graph' } as const;

const CLIENTS: readonly Client[] = [
  {
    name: 'exchangelib',
    password: PASSWORD,
    missing: () =>
      spawnSync('/usr/bin/python3', ['-c', 'import exchangelib']).status === 0
        ? undefined
        : "install Debian's package python3-exchangelib",
    run: async (given) => {
      const { url, username, password, sender } = given;
      const output = await outputOf('/usr/bin/python3', [
        join(import.meta.dirname, 'with_exchangelib.py'),
        url,
        username,
        password,
        sender,
        given.backend === 'graph' ? [...OPERATIONS.keys()].join(',') : '*',
      ]);
      return Number(/(\d+) checks passed/.exec(output)?.[1] ?? 0) + (await discoverWithExchangelib(given));
    },
  },
  {
    name: 'ews-javascript-api',
    password: PASSWORD,
    missing: () => undefined,
    run: async (given) => (await checkJavaScriptApi(given)) + (await discoverWithJavaScriptApi(given)),
  },
  {
    name: 'zeep',
    password: PASSWORD,
    // It cannot load Exchange's own schemas: one of them imports another that is not there.
    backends: ['graph'],
    missing: () =>
      spawnSync('/usr/bin/python3', ['-c', 'import zeep']).status === 0
        ? undefined
        : "install Debian's package python3-zeep",
    run: async ({ url, username, password }) => {
      const script = join(import.meta.dirname, 'with_zeep.py');
      const output = await outputOf('/usr/bin/python3', [script, url, username, password]);
      return Number(/(\d+) checks passed/.exec(output)?.[1] ?? 0);
    },
  },
  {
    name: 'jax-ws',
    password: 'PLANTED-password',
    backends: ['graph'],
    missing: missingForJaxWs,
    run: checkJaxWs,
  },
  {
    name: 'davmail',
    // It sends a question mark for what is not ASCII.
    password: 'PLANTED:password',
    missing: () => (findDavMail() === undefined ? "install Debian's package davmail-server" : undefined),
    run: checkDavMail,
  },
  { name: 'evolution', password: PASSWORD, missing: missingForEvolution, run: checkEvolution },
];

async function callerLines({ name, password, backend }: Lane): Promise<string[]> {
  const hash = await hashPassword(password, CHEAP);
  const more = `backend: ${backend}, password: { hash: "${hash}" }`;
  return [
    `  - { username: ${name}@${domain}, ${more} }`,
    `  - { username: sender-${name}, mailbox: ${name}@${domain}, operations: mail, ${more} }`,
  ];
}

/** A client's scenario with one of the backends. */
interface Lane extends Client {
  readonly backend: ClientRun['backend'];
}

function lanesOf(client: Client): Lane[] {
  const lanes: readonly Lane[] = [
    { ...client, backend: 'ews' },
    { ...client, name: `${client.name}-graph`, backend: 'graph' },
  ];
  return lanes.filter(({ backend }) => client.backends?.includes(backend) ?? true);
}

const wanted = process.argv.slice(2);
const clients = CLIENTS.flatMap(lanesOf).filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const mail = join(import.meta.dirname, '../../src/simulator/mail');
const simulator = await startSimulator({
  apps: [
    { tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite', 'Mail.Send'] },
  ],
  schemas: SCHEMAS,
  mailboxes: await Promise.all(clients.map(({ name }) => mailboxFromFolder(`${name}@${domain}`, mail))),
});
const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-clients-'));
writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
const tls = selfSignedCertificate(['localhost', domain, `autodiscover.${domain}`]);
writeFileSync(join(folder, 'gateway.pem'), tls.certificate);
writeFileSync(join(folder, 'gateway.key'), tls.key, { mode: 0o600 });
writeFileSync(
  join(folder, 'gateway.yaml'),
  [
    'listen: ["http://127.0.0.1:0", { url: "https://127.0.0.1:0", certificate: gateway.pem, key: gateway.key }]',
    'admin: { url: "http://127.0.0.1:0" }',
    ...simulatedRegistration(simulator, ['graph: { pollSeconds: 1 }']),
    'callers:',
    ...(await Promise.all(clients.map(async (client) => callerLines(client)))).flat(),
    'caCertificates: [ca.pem]',
    'limits: { shutdownSeconds: 1 }',
    '',
  ].join('\n'),
);
const gateway = new Gateway(
  loadConfig(join(folder, 'gateway.yaml'), { environment: { SECRET } }),
  createLogger({ level: process.env['LOG_LEVEL'] ?? 'fatal', format: 'json' }),
);
await gateway.start();

let [passed, failed, skipped] = [0, 0, 0];
for (const { name, password, backend, missing, run } of clients) {
  const why = missing();
  if (why !== undefined && process.env['CI'] === undefined) {
    skipped++;
    process.stdout.write(`${name}: skipped: ${why}\n`);
    continue;
  }
  try {
    if (why !== undefined) throw new Error(why);
    const upstreams = { ews: simulator.exchange, graph: simulator.graph };
    const before = { ews: upstreams.ews.requests.length, graph: upstreams.graph.requests.length };
    const own = mkdtempSync(join(folder, `${name}-`));
    const checks = await run({
      url: `${gateway.urls[0]}/ews/exchange.asmx`,
      username: `${name}@${domain}`,
      sender: `sender-${name}`,
      password,
      folder: own,
      backend,
      serves: (...operations) => backend === 'ews' || operations.every((operation) => OPERATIONS.has(operation)),
      tls: {
        port: Number(new URL(gateway.urls[1] ?? '').port),
        certificate: tls.certificate,
        certificateFile: join(folder, 'gateway.pem'),
      },
    });
    const other = backend === 'ews' ? 'graph' : 'ews';
    if (upstreams[other].requests.length > before[other]) throw new Error(`requests reached the backend ${other}`);
    const requests = upstreams[backend].requests.slice(before[backend]);
    const foreign = requests.filter(({ mailbox }) => mailbox !== undefined && mailbox !== `${name}@${domain}`);
    if (foreign.length > 0) throw new Error(`${foreign.length} requests reached another mailbox`);
    process.stdout.write(`${name}: ${checks} checks passed, ${requests.length} requests to ${TITLES[backend]}\n`);
    passed += checks;
  } catch (error) {
    failed++;
    process.stdout.write(
      `${name}: FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
}
await gateway.close();
await simulator.close();
rmSync(folder, { recursive: true });
process.stdout.write(`client tests: ${passed} checks passed, ${failed} clients failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
