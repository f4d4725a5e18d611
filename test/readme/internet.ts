/**
 * A stand-in for the Internet: a proxy behind which login.microsoftonline.com and outlook.office365.com
 * are the simulator, so that a configuration for a real tenant can be used as it is.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailboxFromFolder, startSimulator, type Simulator } from '../../src/simulator/simulator.ts';

export const TENANT = '5f0c8a9e-2b7d-4c1e-9a63-0d4be8f7a215';
export const CLIENT = 'b83e61d4-7f52-4a90-8c1d-e2964f0c7a38';
export const SECRET = 'PLANTED-Vq8~secret-value';

export interface Internet {
  readonly simulator: Simulator;
  /** What a program needs to believe it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** @param addresses mailboxes, each with some mail */
export async function startInternet(addresses: readonly string[]): Promise<Internet> {
  const mail = join(import.meta.dirname, '../../src/simulator/mail');
  const simulator = await startSimulator({
    apps: [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], graphRoles: ['Mail.ReadWrite'] }],
    mailboxes: await Promise.all(addresses.map((address) => mailboxFromFolder(address, mail))),
    origins: { login: 'https://login.microsoftonline.com', exchange: 'https://outlook.office365.com' },
  });
  const ports = new Map([
    ['login.microsoftonline.com:443', simulator.entra.port],
    ['outlook.office365.com:443', simulator.exchange.port],
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-internet-'));
  writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
  const sockets = new Set<Socket>();
  const proxy = createServer((_request, response) => response.writeHead(502).end());
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    sockets.add(client);
    client.on('error', () => undefined);
    const port = ports.get(request.url ?? '');
    if (port === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const service = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    service.on('error', () => client.destroy());
    client.on('close', () => service.destroy());
    service.pipe(client).pipe(service);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    simulator,
    environment: { https_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([new Promise((resolve) => proxy.close(resolve)), simulator.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}
