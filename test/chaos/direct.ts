/** The imports of a chaos run once more, straight from Exchange, with the same mails and the same cuts. */
import { startDirectExchange } from '../support/direct-exchange.ts';
import { importAll, type Disk } from '../support/importer.ts';
import { newMailbox } from '../support/stack.ts';
import { Attempts, deliver, PATIENCE, type ChaosCaller, type Cut } from './caller.ts';

/** @returns each caller's disk */
export async function importDirectly(callers: readonly ChaosCaller[]): Promise<ReadonlyMap<ChaosCaller, Disk>> {
  const mailboxes = callers.map(({ mailbox }) => newMailbox(mailbox.address));
  const { simulator, send, close } = await startDirectExchange(mailboxes);
  const { exchange } = simulator;
  exchange.onRequest = () => (exchange.requests.length = 0);
  const disks = new Map<ChaosCaller, Disk>();
  // One after the other, so that the next request is known to be the caller's.
  let cut: Cut | undefined;
  exchange.script.choose = () => (cut === undefined ? undefined : { cut });
  for (const [index, caller] of callers.entries()) {
    const mailbox = mailboxes[index];
    if (mailbox === undefined) throw new Error('no mailbox');
    for (const delivered of caller.delivered) await deliver(mailbox, delivered);
    const attempts = new Attempts();
    const disk = await importAll({
      pause: 0,
      patience: PATIENCE,
      send: async (operation, step) => {
        cut = caller.cuts.get(attempts.next(step));
        return send(mailbox.address, operation);
      },
    });
    disks.set(caller, disk);
  }
  await close();
  return disks;
}
