/** Simulated Exchange where no gateway stands in between, asked by an app with the right to all mailboxes. */
import { Agent, request } from 'undici';
import type { Mailbox } from '../../src/simulator/mailbox/mailbox.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { envelope, impersonation } from './envelopes.ts';
import { TEST_KEY } from './key.ts';
import { CLIENT, SECRET, TENANT, type Answer } from './stack.ts';

export interface DirectExchange {
  readonly simulator: Simulator;
  /** Sends an operation as a mailbox. */
  readonly send: (address: string, operation: string) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export async function startDirectExchange(mailboxes: readonly Mailbox[]): Promise<DirectExchange> {
  const app = { tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] };
  const simulator = await startSimulator({ key: TEST_KEY, apps: [app], mailboxes });
  const { entra, exchange, tls } = simulator;
  const dispatcher = new Agent({ connect: { ca: tls.certificate } });
  const token = entra.tokens.issue(app, exchange.origin);
  return {
    simulator,
    send: async (address, operation) => {
      const { statusCode, headers, body } = await request(exchange.url, {
        dispatcher,
        method: 'POST',
        headers: { 'authorization': `Bearer ${token}`, 'content-type': 'text/xml; charset=utf-8' },
        body: envelope(operation, `<t:RequestServerVersion Version="Exchange2013"/>${impersonation(address)}`),
      });
      return { status: statusCode, headers, text: await body.text() };
    },
    close: async () => {
      await dispatcher.destroy();
      await simulator.close();
    },
  };
}
