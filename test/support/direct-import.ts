/** The same import straight from simulated Exchange: what it does where no gateway stands in between. */
import type { Test } from 'tap';
import { Agent, request } from 'undici';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { envelope, impersonation } from './envelopes.ts';
import { importAll, type Disk } from './importer.ts';
import { TEST_KEY } from './key.ts';
import { mailboxOf } from './differential.ts';
import { ALICE, CLIENT, newMailbox, SECRET, TENANT } from './stack.ts';

export interface DirectImport {
  /** Fills Alice's mailbox anew and imports it, with faults behind the first requests. */
  run(cut: Cut): Promise<Disk>;
}

/** Connections that break one after the other: before Exchange has done anything, or within the answer. */
export interface Cut {
  /** Requests that are served before. */
  readonly after: number;
  readonly kind: 'before' | 'midway';
  readonly times: number;
}

/** @param fill puts into the mailbox what is imported */
export async function startDirectImport(
  t: Test,
  fill: (simulator: Pick<Simulator, 'exchange'>) => Promise<void>,
): Promise<DirectImport> {
  const app = { tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] };
  const simulator = await startSimulator({ key: TEST_KEY, apps: [app], mailboxes: [newMailbox(ALICE)] });
  const { entra, exchange, tls } = simulator;
  const dispatcher = new Agent({ connect: { ca: tls.certificate } });
  t.teardown(async () => {
    await dispatcher.destroy();
    await simulator.close();
  });
  const token = entra.tokens.issue(app, exchange.origin);
  const header = `<t:RequestServerVersion Version="Exchange2013"/>${impersonation(ALICE)}`;
  return {
    run: async ({ after, kind, times }) => {
      mailboxOf({ simulator }).emptyFolder('inbox', 'hard', { withSubfolders: true });
      await fill(simulator);
      exchange.script.clear();
      if (after > 0) exchange.script.add({ times: after });
      exchange.script.add({ cut: kind, times });
      return importAll({
        send: async (operation) => {
          const { statusCode, headers, body } = await request(exchange.url, {
            dispatcher,
            method: 'POST',
            headers: { 'authorization': `Bearer ${token}`, 'content-type': 'text/xml; charset=utf-8' },
            body: envelope(operation, header),
          });
          return { status: statusCode, headers, text: await body.text() };
        },
      });
    },
  };
}
