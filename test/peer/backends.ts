/**
 * The gateway as exchangelib's tests find it: an https endpoint in front of gateway and simulator, and a mailbox with
 * a caller for each run.
 *
 * Nearly every test of the suite makes its items by operations that the Graph backend may not serve. Where the backend
 * under test is Graph, those are answered by EWS on the same mailbox, whose ids are the same on both, so that what is
 * served can be tested. What was answered by which is counted.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPERATIONS } from '../../src/backends/graph/operations/table.ts';
import { hashPassword } from '../../src/callers/password-hash.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { Mailbox } from '../../src/simulator/mailbox/mailbox.ts';
import { recipient } from '../../src/simulator/mailbox/message.ts';
import { addServiceFolders } from '../../src/simulator/mailbox/service-folders.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { simulatedRegistration } from '../support/registration.ts';
import { CHEAP, CLIENT, SECRET, TENANT } from '../support/stack.ts';

export type Backend = 'ews' | 'graph';

/** One run of a module: its own mailbox, so that no other run is seen in it. */
export interface Lane {
  readonly module: string;
  readonly backend: Backend;
}

export interface LaneRequest {
  /** Seconds since 1970. */
  readonly at: number;
  readonly operation: string;
  readonly answeredBy: Backend;
}

export interface GatewayUnderTest {
  /** What the suite's settings.yml says for a lane. */
  readonly settings: (lane: Lane) => Readonly<Record<string, unknown>>;
  /** The requests of a lane so far, in their order. */
  readonly requestsOf: (lane: Lane) => readonly LaneRequest[];
  readonly close: () => Promise<void>;
}

/** What the suite uses and `all` leaves out. */
const NAMED = [
  'ArchiveItem',
  'CreateUserConfiguration',
  'DeleteUserConfiguration',
  'GetDelegate',
  'GetUserConfiguration',
  'PushSubscription',
  'UpdateUserConfiguration',
];
/** The suite's account speaks Danish. */
const DANISH = {
  msgfolderroot: 'Informationslagerets øverste niveau',
  inbox: 'Indbakke',
  drafts: 'Kladder',
  outbox: 'Udbakke',
  sentitems: 'Sendt post',
  deleteditems: 'Slettet post',
  junkemail: 'Uønsket e-mail',
  calendar: 'Kalender',
  contacts: 'Kontaktpersoner',
  tasks: 'Opgaver',
  notes: 'Noter',
};
const DOMAIN = 'contoso.test';
const PASSWORD = 'PLANTED-peer-password';

const nameOf = ({ module, backend }: Lane): string => `${module.replaceAll(/[._]/g, '-')}-${backend}`;
const addressOf = (lane: Lane): string => `${nameOf(lane)}@${DOMAIN}`;
const aliasOf = (lane: Lane): string => `alias-${nameOf(lane)}@${DOMAIN}`;
/** The caller that opens a Graph lane's mailbox through EWS. */
const substituteOf = (username: string): string => `ews-for-${username}`;

/** A mailbox that has been in use: the suite wants folders, the more than 40 of which Graph shows, and a message. */
async function mailboxOf(lane: Lane): Promise<Mailbox> {
  const mailbox = new Mailbox(addressOf(lane), { aliases: [aliasOf(lane)], folderNames: DANISH });
  addServiceFolders(mailbox);
  const archive = mailbox.createFolder('msgfolderroot', { displayName: 'Arkiv' });
  for (let year = 1985; year <= 2025; year++) mailbox.createFolder(archive.id, { displayName: String(year) });
  // Exchange keeps its own things in the root, so that it has a size.
  mailbox.add({ subject: 'Settings', itemClass: 'IPM.Microsoft.Settings' }, 'root');
  await mailbox.deliver({ from: recipient('sender@fabrikam.test'), subject: 'Welcome', bodyText: 'Good morning.' });
  return mailbox;
}

export async function startGatewayUnderTest(lanes: readonly Lane[]): Promise<GatewayUnderTest> {
  const simulator = await startSimulator({
    apps: [
      {
        tenantId: TENANT,
        clientId: CLIENT,
        secrets: [{ value: SECRET }],
        graphRoles: ['Mail.ReadWrite', 'Mail.Send', 'MailboxSettings.ReadWrite', 'User.ReadBasic.All'],
      },
    ],
    mailboxes: await Promise.all(lanes.map(mailboxOf)),
  });
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-peer-'));
  writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
  const hash = await hashPassword(PASSWORD, CHEAP);
  const operations = `[${['all', ...NAMED].join(', ')}]`;
  const more = `operations: ${operations}, password: { hash: "${hash}" }`;
  const callers = lanes.flatMap((lane) => [
    `  - { username: ${addressOf(lane)}, backend: ${lane.backend}, ${more} }`,
    `  - { username: ${substituteOf(addressOf(lane))}, mailbox: ${addressOf(lane)}, backend: ews, ${more} }`,
  ]);
  writeFileSync(
    join(folder, 'gateway.yaml'),
    [
      'listen: ["http://127.0.0.1:0"]',
      'admin: { url: "http://127.0.0.1:0" }',
      ...simulatedRegistration(simulator),
      'callers:',
      ...callers,
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

  const requests = new Map<string, LaneRequest[]>(lanes.map((lane) => [addressOf(lane), []]));
  const graphUsers = new Set(lanes.filter(({ backend }) => backend === 'graph').map(addressOf));
  const tls = selfSignedCertificate(['localhost']);
  const front = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
    void forward(request, response, gateway.urls[0] ?? '', (username, operation) => {
      const isGraph = graphUsers.has(username);
      const isSubstituted = isGraph && operation !== undefined && !OPERATIONS.has(operation);
      const answeredBy = isGraph && !isSubstituted ? 'graph' : 'ews';
      requests.get(username)?.push({ at: Date.now() / 1000, operation: operation ?? 'none', answeredBy });
      return isSubstituted ? substituteOf(username) : username;
    });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const server = `localhost:${(front.address() as AddressInfo).port}`;
  return {
    settings: (lane) => ({
      server,
      autodiscover_server: server,
      username: addressOf(lane),
      password: PASSWORD,
      account: addressOf(lane),
      alias: aliasOf(lane),
      verify_ssl: false,
    }),
    requestsOf: (lane) => requests.get(addressOf(lane)) ?? [],
    close: async () => {
      front.closeAllConnections();
      front.close();
      await gateway.close();
      await simulator.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Passes a request on under the name that `chosen` gives its operation. */
async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  chosen: (username: string, operation: string | undefined) => string,
): Promise<void> {
  const body = Buffer.concat((await Array.fromAsync(request)) as Buffer[]);
  const { authorization, ...headers } = request.headers;
  const renamed = authorization === undefined ? {} : { authorization: renamedIn(authorization, body, chosen) };
  const passed = httpRequest(new URL(request.url ?? '/', origin), {
    method: request.method ?? 'POST',
    headers: { ...headers, ...renamed },
  });
  passed.on('error', () => response.destroy());
  passed.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy()).pipe(response);
  });
  response.on('close', () => passed.destroy());
  passed.end(body);
}

function renamedIn(
  authorization: string,
  body: Buffer,
  chosen: (username: string, operation: string | undefined) => string,
): string {
  const [username = '', ...password] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':');
  const named = [chosen(username, operationOf(body)), ...password].join(':');
  return `Basic ${Buffer.from(named).toString('base64')}`;
}

/** Undefined where the gateway will not find one either. */
function operationOf(body: Buffer): string | undefined {
  try {
    return readEnvelopeHead(body, true)?.operation.localName;
  } catch {
    return undefined;
  }
}
