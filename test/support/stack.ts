/** A gateway in front of the simulator, for one test. At its end all the log is searched for secrets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Test } from 'tap';
import { request, type Dispatcher } from 'undici';
import type { Clock } from '../../src/backends/clock.ts';
import { Enrolments } from '../../src/callers/enrolments.ts';
import { hashPassword, type HashingOptions } from '../../src/callers/password-hash.ts';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { Mailbox } from '../../src/simulator/mailbox/mailbox.ts';
import { fileAttachment, recipient, type MessageParts } from '../../src/simulator/mailbox/message.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { checkAnswers, leaveAnswers } from './answer-checker.ts';
import { WITHOUT_LOOKING_AHEAD } from './clocks.ts';
import { TEST_KEY } from './key.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const CLIENT = '22222222-2222-4222-8222-222222222222';
/** Everything secret in the tests contains this word, so that no log may. */
export const PLANTED = 'PLANTED';
export const SECRET = `${PLANTED}-client-secret`;
export const PASSWORD = `${PLANTED}:pässword`;
export const ALICE = 'alice@contoso.test';
export const BOB = 'bob@contoso.test';
export const SCHEMAS = join(import.meta.dirname, '../../src/ews/schemas');
/** Lock-out settings for an authenticator on its own. */
export const LOCKOUT = {
  failuresPerName: 20,
  namesPerAddress: 20,
  windowSeconds: 900,
  firstLockSeconds: 60,
  longestLockSeconds: 900,
} as const;
/** Enrolments of no one, in a file that does not come to be. */
export const noEnrolments = (): Enrolments =>
  new Enrolments(join(tmpdir(), `ews-gateway-none-${process.pid}`, 'state.json'));
export const CHEAP = { memory: 64, passes: 1, parallelism: 1 } as const;
/** Passwords are verified and enrolled at the least cost, and a wrong one holds its turn accordingly. */
export const FAST_HASHING: HashingOptions = { cost: CHEAP, refusalTime: 3 };
const PASSWORD_HASH = await hashPassword(PASSWORD, CHEAP);

export interface StackOptions {
  /** EWS endpoint instead of the simulated one. */
  readonly ews?: string;
  /** Origin of Microsoft Graph; default: none. */
  readonly graph?: string;
  /** Tenant of the registration; default: TENANT. */
  readonly tenant?: string;
  /** With the simulated Graph beside it, which answers always, once EWS is blocked, or not. */
  readonly backend?: 'graph' | 'auto' | 'ews';
  /** Permissions of the app at Microsoft Graph; default: reading and changing mail, and names of users. */
  readonly graphRoles?: readonly string[];
  /** Default: the real one, whose rests have no end and whose back-offs are short. */
  readonly clock?: Clock;
  /** Content of `listen` in YAML flow style. */
  readonly listen?: string;
  /** The admin address; default: any free port. */
  readonly admin?: string;
  /** More of `admin` in YAML flow style. */
  readonly adminMore?: string;
  /** More top-level YAML. */
  readonly yaml?: string;
  /** More YAML of Alice's caller entry, each line indented by four. */
  readonly alice?: string;
  /** More entries of callers, each line indented by two. */
  readonly callers?: string;
  /** More YAML of the registration, each line indented by four. */
  readonly registration?: string;
  /** Content of `limits` in YAML flow style. */
  readonly limits?: string;
  readonly logLevel?: string;
  /** Client secret the gateway uses. */
  readonly secret?: string;
  /** Name by which the gateway reaches Entra and Exchange. */
  readonly upstreamName?: string;
  /** Origins of services that are reached over something in between. */
  readonly origins?: SimulatorOptions['origins'];
  /** What `env` references and proxies are looked up in, besides SECRET. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Changes the simulator before the gateway starts. */
  readonly prepare?: (simulator: Simulator) => void;
}

export interface Stack {
  readonly simulator: Simulator;
  readonly gateway: Gateway;
  /** The EWS endpoint of the gateway. */
  readonly url: string;
  readonly origin: string;
  readonly admin: string;
  readonly configFile: string;
  /** Log lines so far. */
  readonly log: () => Record<string, unknown>[];
  /** Sends a SOAP request as Alice. */
  readonly post: (body: string | Buffer, headers?: Record<string, string>) => Promise<Answer>;
  readonly writeConfig: (options?: StackOptions) => void;
  readonly reload: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

export function basic(username: string, password = PASSWORD, encoding: BufferEncoding = 'utf8'): string {
  return `Basic ${Buffer.from(`${username}:${password}`, encoding).toString('base64')}`;
}

export function newMailbox(address: string): Mailbox {
  return new Mailbox(address, { aliases: [`alias.${address}`] });
}

export function mail(
  subject: string,
  attachments: readonly { name: string; contentType: string; content: Buffer }[] = [],
): MessageParts {
  return {
    from: recipient('sender@fabrikam.test'),
    to: [recipient(ALICE)],
    subject,
    bodyText: `${PLANTED}-mail-content`,
    attachments: attachments.map(({ name, contentType, content }) => fileAttachment(name, contentType, content)),
  };
}

export function yamlOf(simulator: Simulator, options: StackOptions = {}): string {
  const graph = options.graph ?? (options.backend === undefined ? undefined : simulator.graph.origin);
  const delegated = options.registration?.includes('flow: delegated') === true;
  const permission = delegated ? 'EWS.AccessAsUser.All' : '.default';
  const adminMore = options.adminMore === undefined ? '' : `, ${options.adminMore}`;
  // YAML reads JSON.
  const endpoints = JSON.stringify({
    login: simulator.entra.origin,
    ews: options.ews ?? simulator.exchange.url,
    ...(graph === undefined ? {} : { graph }),
    scope: `${simulator.exchange.origin}/${permission}`,
  });
  return [
    `listen: ${options.listen ?? '["http://127.0.0.1:0"]'}`,
    `admin: { url: "${options.admin ?? 'http://127.0.0.1:0'}"${adminMore} }`,
    'registrations:',
    '  contoso:',
    ...(options.backend === undefined ? [] : [`    backend: ${options.backend}`]),
    `    tenantId: ${options.tenant ?? TENANT}`,
    `    clientId: ${CLIENT}`,
    ...(options.registration !== undefined && /credential:|flow: delegated/.test(options.registration)
      ? []
      : ['    credential: { secret: { env: SECRET } }']),
    '    cloud: custom',
    `    endpoints: ${endpoints}`,
    ...(options.registration === undefined ? [] : [options.registration]),
    'callers:',
    `  - username: ${ALICE}`,
    `    password: { hash: "${PASSWORD_HASH}" }`,
    ...(options.alice === undefined ? [] : [options.alice]),
    `  - username: ${BOB}`,
    `    password: { hash: "${PASSWORD_HASH}" }`,
    '  - username: CONTOSO\\carol',
    `    password: { hash: "${PASSWORD_HASH}" }`,
    '    mailbox: carol@contoso.test',
    ...(options.callers === undefined ? [] : [options.callers]),
    'caCertificates: [ca.pem]',
    `limits: { ${options.limits ?? 'shutdownSeconds: 1'} }`,
    ...(options.yaml === undefined ? [] : [options.yaml]),
    '',
  ].join('\n');
}

export async function startStack(t: Test, options: StackOptions = {}): Promise<Stack> {
  const simulator = await startSimulator({
    apps: [
      {
        tenantId: TENANT,
        clientId: CLIENT,
        secrets: [{ value: SECRET }],
        ...(options.backend === undefined
          ? {}
          : { graphRoles: options.graphRoles ?? ['Mail.ReadWrite', 'User.ReadBasic.All'] }),
      },
    ],
    key: TEST_KEY,
    mailboxes: [newMailbox(ALICE), newMailbox(BOB), newMailbox('carol@contoso.test')],
    schemas: SCHEMAS,
    ...(options.upstreamName === undefined ? {} : { hostname: options.upstreamName }),
    ...(options.origins === undefined ? {} : { origins: options.origins }),
  });
  options.prepare?.(simulator);
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-test-'));
  const configFile = join(folder, 'gateway.yaml');
  writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
  /** What Alice was ever granted. */
  const granted: string[] = [];
  const writeConfig = (changed: StackOptions = options): void => {
    granted.push(changed.alice ?? '');
    writeFileSync(configFile, yamlOf(simulator, changed));
  };
  writeConfig();
  const environment = { SECRET: options.secret ?? SECRET, ...options.environment };
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = createLogger({ level: options.logLevel ?? 'trace', format: 'json' }, sink);
  const gateway = new Gateway(loadConfig(configFile, { environment }), log, {
    hashing: FAST_HASHING,
    clock: options.clock ?? WITHOUT_LOOKING_AHEAD,
  });
  let watched: string | undefined;
  t.teardown(async () => {
    await gateway.close();
    if (watched !== undefined) leaveAnswers(watched);
    await simulator.close();
    rmSync(folder, { recursive: true });
    assertNoSecrets(lines.join(''));
    assertOwnMailboxes(simulator, lines.join(''), granted.join('\n'), options.logLevel === undefined);
  });
  await gateway.start();
  const origin = gateway.urls[0] ?? '';
  const url = `${origin}/ews/exchange.asmx`;
  if (/backend: (?:graph|auto)/.test(yamlOf(simulator, options))) {
    watched = url;
    await checkAnswers(t, url);
  }
  return {
    simulator,
    gateway,
    url,
    origin,
    admin: gateway.adminUrl ?? '',
    configFile,
    writeConfig,
    log: () =>
      lines
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    post: (body, headers = {}) => send(url, body, { authorization: basic(ALICE), ...headers }),
    reload: async () => gateway.reload(loadConfig(configFile, { environment })),
  };
}

/** Throws where anything was executed for a mailbox on the credentials of a caller who may not open it. */
function assertOwnMailboxes(simulator: Simulator, log: string, granted: string, complete: boolean): void {
  const logged = log
    .split('\n')
    .filter((line) => line.includes('"mailbox"'))
    .map(
      (line) =>
        JSON.parse(line) as { readonly caller?: string; readonly mailbox?: string; readonly operation?: string },
    )
    .filter(({ operation }) => operation !== undefined);
  for (const { caller, mailbox = '' } of logged) {
    const own =
      caller === mailbox ||
      (caller === 'CONTOSO\\carol' && mailbox === 'carol@contoso.test') ||
      (caller === ALICE && granted.includes(mailbox));
    if (!own) throw new Error(`a request of ${caller} was executed for ${mailbox}`);
  }
  // The log and Exchange agree on whom something was done for.
  const known = new Set(logged.map(({ mailbox }) => mailbox?.toLowerCase()));
  const foreign = simulator.exchange.requests.find(
    ({ mailbox, status }) => mailbox !== undefined && status === 200 && !known.has(mailbox.toLowerCase()),
  );
  if (complete && foreign !== undefined)
    throw new Error(`Exchange executed ${foreign.operation} for ${foreign.mailbox}, of which the log knows nothing`);
}

/** Throws where a text holds a planted secret or anything that looks like a token. */
export function assertNoSecrets(text: string): void {
  const found = /PLANTED|eyJ[\w-]{10,}|UExBTlRFR|scrypt:\d|\$argon2id\$v/.exec(text);
  if (found !== null)
    throw new Error(`a secret is in the log: …${text.slice(Math.max(0, found.index - 80), found.index + 60)}…`);
}

export async function send(
  url: string,
  body: string | Buffer | null,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await request(url, {
    method: body === null ? 'GET' : 'POST',
    headers: { ...(body === null ? {} : { 'content-type': 'text/xml; charset=utf-8' }), ...headers },
    body,
  });
  return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
}
