/** The same import straight from simulated Exchange: what it does where no gateway stands in between. */
import type { Test } from 'tap';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { mailboxOf } from './differential.ts';
import { startDirectExchange } from './direct-exchange.ts';
import { importAll, type Disk } from './importer.ts';
import { ALICE, newMailbox } from './stack.ts';

export interface DirectImport {
  /** Fills Alice's mailbox again and imports it, with faults behind the first requests. */
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
  const { simulator, send, close } = await startDirectExchange([newMailbox(ALICE)]);
  t.teardown(close);
  const { script } = simulator.exchange;
  return {
    run: async ({ after, kind, times }) => {
      mailboxOf({ simulator }).emptyFolder('inbox', 'hard', { withSubfolders: true });
      await fill(simulator);
      script.clear();
      if (after > 0) script.add({ times: after });
      script.add({ cut: kind, times });
      return importAll({ send: (operation) => send(ALICE, operation) });
    },
  };
}
