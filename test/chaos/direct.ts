/** The imports of a chaos run once more, straight from Exchange, with the same mails and the same cuts. */
import { Agent, request } from 'undici';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { envelope, impersonation } from '../support/envelopes.ts';
import { importAll, type Disk } from '../support/importer.ts';
import { CLIENT, newMailbox, SECRET, TENANT } from '../support/stack.ts';
import { Attempts, deliver, type ChaosCaller, type Cut } from './caller.ts';

/** @returns each caller's disk */
export async function importDirectly(callers: readonly ChaosCaller[]): Promise<ReadonlyMap<ChaosCaller, Disk>> {
  const app = { tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }] };
  const mailboxes = callers.map(({ mailbox }) => newMailbox(mailbox.address));
  const { entra, exchange, tls, close } = await startSimulator({ apps: [app], mailboxes });
  exchange.onRequest = () => (exchange.requests.length = 0);
  const dispatcher = new Agent({ connect: { ca: tls.certificate } });
  const token = entra.tokens.issue(app, exchange.origin);
  const disks = new Map<ChaosCaller, Disk>();
  // One after the other, so that the next request is known to be the caller's.
  let cut: Cut | undefined;
  exchange.script.choose = () => (cut === undefined ? undefined : { cut });
  for (const [index, caller] of callers.entries()) {
    const mailbox = mailboxes[index];
    if (mailbox === undefined) throw new Error('no mailbox');
    for (const delivered of caller.delivered) await deliver(mailbox, delivered);
    const attempts = new Attempts();
    const header = `<t:RequestServerVersion Version="Exchange2013"/>${impersonation(mailbox.address)}`;
    const disk = await importAll({
      pause: 0,
      send: async (operation, step) => {
        cut = caller.cuts.get(attempts.next(step));
        const { statusCode, headers, body } = await request(exchange.url, {
          dispatcher,
          method: 'POST',
          headers: { 'authorization': `Bearer ${token}`, 'content-type': 'text/xml; charset=utf-8' },
          body: envelope(operation, header),
        });
        return { status: statusCode, headers, text: await body.text() };
      },
    });
    disks.set(caller, disk);
  }
  await dispatcher.destroy();
  await close();
  return disks;
}
