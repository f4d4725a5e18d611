import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request as forward } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { request } from 'undici';
import { loadConfig } from '../../src/gateway/load-config.ts';
import { ExchangeSimulator } from '../../src/simulator/exchange/exchange.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, newMailbox, send, startStack } from '../support/stack.ts';

const hasIPv6 = await new Promise<boolean>((resolve) => {
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(0, '::1', () => server.close(() => resolve(true)));
});

t.test('IPv6, from the client and to Exchange', { skip: hasIPv6 ? false : 'this machine has none' }, async (t) => {
  const stack = await startStack(t, {
    listen: '["http://[::1]:0"]',
    admin: 'http://[::1]:0',
    alice: '    from: ["::1"]',
  });
  // The simulator listens on IPv4; this leads there from an IPv6 address.
  const bridge = createHttpServer((incoming, response) => {
    const onward = forward(
      `http://127.0.0.1:${plain.port}${incoming.url}`,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(onward);
  });
  const plain = new ExchangeSimulator({
    mailboxes: [newMailbox(ALICE)],
    tokenKey: stack.simulator.entra.tokens.publicKey,
  });
  await new Promise<void>((resolve) => bridge.listen(0, '::1', resolve));
  const { port } = bridge.address() as AddressInfo;
  await plain.start(undefined, undefined, stack.simulator.exchange.origin);
  t.teardown(async () => {
    bridge.close();
    bridge.closeAllConnections();
    await plain.close();
  });
  t.match(stack.origin, /^http:\/\/\[::1\]:\d+$/);
  t.equal((await send(stack.url, GET_FOLDER, { authorization: basic(ALICE) })).status, 200, 'the client');
  stack.writeConfig({
    listen: '["http://[::1]:0"]',
    admin: 'http://[::1]:0',
    alice: '    from: ["::1"]',
    ews: `http://[::1]:${port}/EWS/Exchange.asmx`,
  });
  await stack.reload();
  t.equal((await send(stack.url, GET_FOLDER, { authorization: basic(ALICE) })).status, 200, 'Exchange');
  t.equal(plain.requests.length, 1);
  const status = await request(`${stack.admin}/status`);
  await status.body.dump();
  t.equal(status.statusCode, 200, 'the status page');
});

t.test('national clouds, and Exchange Server with a token of Entra', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-clouds-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.yaml');
  const load = (more: string): unknown => {
    writeFileSync(
      file,
      `registrations:
  a:
    tenantId: contoso.com
    clientId: 22222222-2222-4222-8222-222222222222
    credential: { secret: { env: S } }
${more}callers: [{ username: a@contoso.com }]
`,
    );
    return loadConfig(file, { environment: { S: 'x' } }).registrations.get('a');
  };
  t.match(load(''), {
    loginOrigin: 'https://login.microsoftonline.com',
    ewsUrl: 'https://outlook.office365.com/EWS/Exchange.asmx',
    graphOrigin: 'https://graph.microsoft.com',
  });
  t.match(load('    cloud: gcchigh\n'), {
    loginOrigin: 'https://login.microsoftonline.us',
    ewsUrl: 'https://outlook.office365.us/EWS/Exchange.asmx',
    scope: 'https://outlook.office365.us/.default',
    graphOrigin: 'https://graph.microsoft.us',
  });
  t.match(load('    cloud: dod\n'), {
    ewsUrl: 'https://outlook-dod.office365.us/EWS/Exchange.asmx',
    graphOrigin: 'https://dod-graph.microsoft.us',
  });
  t.match(load('    cloud: china\n'), {
    loginOrigin: 'https://login.partner.microsoftonline.cn',
    ewsUrl: 'https://partner.outlook.cn/EWS/Exchange.asmx',
  });
  t.match(load('    endpoints: { ews: "https://mail.contoso.com/EWS/Exchange.asmx" }\n'), {
    loginOrigin: 'https://login.microsoftonline.com',
    ewsUrl: 'https://mail.contoso.com/EWS/Exchange.asmx',
    scope: 'https://mail.contoso.com/.default',
    graphOrigin: undefined,
  });
});
