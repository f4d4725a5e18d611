import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { hashPassword } from '../callers/password-hash.ts';
import { loadConfig } from '../gateway/load-config.ts';
import { Gateway } from '../gateway/gateway.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { BackendName } from '../config/types.ts';
import type { GraphRequestRecord } from '../simulator/graph/wire.ts';
import { mailboxFromFolder, startSimulator } from '../simulator/simulator.ts';
import { readOptions } from './arguments.ts';
import { UsageError, type Command } from './command.ts';
import { runCaptureImport } from './demo-import.ts';

const MAILBOX = 'invoices@contoso.test';
const PASSWORD = 'old-program-password';
const SECRET = 'simulated-client-secret';
const TENANT = '11111111-1111-4111-8111-111111111111';
const CLIENT = '22222222-2222-4222-8222-222222222222';

export const demo: Command = {
  usage: [
    'Usage: ews-gateway demo [--backend ews|graph|auto] [--once] [--port PORT] [--output FOLDER]',
    '',
    'Starts a simulated Entra ID and Exchange Online on loopback, the gateway in front of them, and',
    'runs one capture import through it with a real EWS client that only knows Basic auth. Then the',
    'gateway stays up for your own client, unless --once is given. Attachments go to FOLDER',
    '(default: demo-output), the gateway listens on PORT (default: 8025). With --backend graph the same',
    'import is answered from a simulated Microsoft Graph, and the requests to it are shown. With',
    '--backend auto Exchange switches EWS off in the middle of the import, which goes on through Graph.',
  ].join('\n'),
  run: async (args, io) => {
    const options = readOptions(args, {
      backend: { type: 'string', default: 'ews' },
      once: { type: 'boolean', default: false },
      port: { type: 'string', default: '8025' },
      output: { type: 'string', default: 'demo-output' },
    });
    const { backend } = options;
    if (backend !== 'ews' && backend !== 'graph' && backend !== 'auto')
      throw new UsageError(`--backend is ews, graph or auto.\n\n${demo.usage}`);
    const say = (line: string): void => void io.stdout.write(`${line}\n`);
    const simulator = await startSimulator({
      apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
      mailboxes: [await mailboxFromFolder(MAILBOX, join(import.meta.dirname, '../simulator/mail'))],
    });
    const { entra, exchange, graph, tls } = simulator;
    const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-demo-'));
    const config = loadConfig(
      writeConfiguration(folder, {
        passwordHash: await hashPassword(PASSWORD, io.hashing?.cost),
        port: options.port,
        login: entra.origin,
        ews: exchange.url,
        backend,
        graph: backend === 'ews' ? undefined : graph.origin,
        ca: tls.certificate,
      }),
      { environment: { DEMO_CLIENT_SECRET: SECRET } },
    );
    const gateway = new Gateway(config, createLogger({ level: 'warn', format: 'readable' }, io.log), {
      hashing: io.hashing,
    });
    try {
      await gateway.start();
      const url = `${gateway.urls[0]}/ews/exchange.asmx`;
      say(`Simulated Entra ID         ${entra.origin}`);
      if (backend !== 'graph') say(`Simulated Exchange Online  ${exchange.url}`);
      if (backend !== 'ews') say(`Simulated Microsoft Graph  ${graph.origin}`);
      say(`Gateway                    ${url}`);
      say(`Its status page            ${gateway.adminUrl ?? ''}`);
      say(`Its configuration          ${config.file}`);
      say('');
      entra.onTokenRequest = ({ status }) =>
        say(`        gateway → Entra      one token for the app registration: HTTP ${status}`);
      exchange.onRequest = ({ operation, mailbox, status }) => {
        const as = mailbox === undefined ? '' : ` as ${mailbox}`;
        say(`        gateway → Exchange   ${operation}${as} with bearer token: HTTP ${status}`);
        // Between a message's reading and its move, where it would hurt most.
        if (backend !== 'auto' || operation !== 'UpdateItem' || !exchange.settings.ewsEnabled) return;
        exchange.settings.ewsEnabled = false;
        say('');
        say('                             Exchange switches EWS off, as on 1 October 2026');
        say('');
      };
      graph.onRequest = (request) => {
        if (!request.isBatchStep) say(`        gateway → Graph      ${graphLine(request)}`);
      };
      const output = resolve(io.path(options.output));
      mkdirSync(output, { recursive: true });
      await runCaptureImport({ url, username: MAILBOX, password: PASSWORD, output, say });
      entra.onTokenRequest = () => undefined;
      exchange.onRequest = () => undefined;
      graph.onRequest = () => undefined;
      say('');
      say(`Done. The attachments are in ${output}`);
      if (options.once) return 0;
      say('');
      say('The gateway stays up. For a real EWS client:');
      say(`  Server address  ${url}`);
      say(`  User name       ${MAILBOX}`);
      say(`  Password        ${PASSWORD}`);
      say('Or with curl:');
      say(`  ${curlLine(url)}`);
      say('');
      say('Ctrl+C ends it.');
      await new Promise<void>((done) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) io.signals.once(signal, () => done());
      });
      return 0;
    } finally {
      await gateway.close();
      await simulator.close();
    }
  },
};

/** A request to Graph as it is shown: without ids, and a batch by the number of its steps. */
function graphLine({ method, template, mailbox, status, body }: GraphRequestRecord): string {
  const whose = mailbox === undefined ? '' : ` of ${mailbox}`;
  const steps = template.endsWith('/$batch')
    ? ` with ${(JSON.parse(body.toString()) as { readonly requests: readonly unknown[] }).requests.length} requests`
    : '';
  return `${method} ${template}${whose}${steps}: HTTP ${status}`;
}

interface Settings {
  readonly passwordHash: string;
  readonly port: string;
  readonly login: string;
  readonly ews: string;
  readonly backend: BackendName;
  /** Origin of Microsoft Graph where it is to answer, now or later. */
  readonly graph: string | undefined;
  readonly ca: string;
}

function writeConfiguration(folder: string, { passwordHash, port, login, ews, backend, graph, ca }: Settings): string {
  const caFile = join(folder, 'simulator-ca.pem');
  writeFileSync(caFile, ca);
  const file = join(folder, 'gateway.yaml');
  const lines = [
    '# Made by the demo. A real one starts from config/gateway.example.yaml.',
    `listen: ["http://127.0.0.1:${port}"]`,
    'admin: { url: "http://127.0.0.1:0" }',
    'registrations:',
    '  contoso:',
    `    tenantId: ${TENANT}`,
    `    clientId: ${CLIENT}`,
    '    credential: { secret: { env: DEMO_CLIENT_SECRET } }',
    '    cloud: custom',
    `    endpoints: { login: "${login}", ews: "${ews}"${graph === undefined ? '' : `, graph: "${graph}"`} }`,
    `    backend: ${backend}`,
    'callers:',
    `  - username: ${MAILBOX}`,
    `    password: { hash: "${passwordHash}" }`,
    `caCertificates: ["${basename(caFile)}"]`,
    'limits: { shutdownSeconds: 2 }',
    '',
  ];
  writeFileSync(file, lines.join('\n'));
  return file;
}

function curlLine(url: string): string {
  const envelope =
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" ' +
    'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body>' +
    '<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>' +
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>';
  return `curl -u '${MAILBOX}:${PASSWORD}' -H 'Content-Type: text/xml; charset=utf-8' -d '${envelope}' ${url}`;
}
