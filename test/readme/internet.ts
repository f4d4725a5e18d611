/**
 * A stand-in for the Internet: a proxy behind which login.microsoftonline.com, outlook.office365.com and
 * graph.microsoft.com are the simulator, so that a configuration for a real tenant can be used as it is.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailboxFromFolder, startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { startTunnel } from '../support/tunnel.ts';

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
    origins: {
      login: 'https://login.microsoftonline.com',
      exchange: 'https://outlook.office365.com',
      graph: 'https://graph.microsoft.com',
    },
  });
  const ports = new Map([
    ['login.microsoftonline.com:443', simulator.entra.port],
    ['outlook.office365.com:443', simulator.exchange.port],
    ['graph.microsoft.com:443', simulator.graph.port],
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-internet-'));
  writeFileSync(join(folder, 'ca.pem'), simulator.tls.certificate);
  const tunnel = await startTunnel((request) => ports.get(request.url ?? '') ?? '502 Bad Gateway');
  return {
    simulator,
    environment: { https_proxy: tunnel.url, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
    close: async () => {
      await Promise.all([tunnel.close(), simulator.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}
