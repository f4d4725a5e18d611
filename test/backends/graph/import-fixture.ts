/** The mails that imports under faults are tried with, and what has to be true at their end. */
import type { Test } from 'tap';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { mailboxOf } from '../../support/differential.ts';
import type { Cut, DirectImport } from '../../support/direct-import.ts';
import type { Disk } from '../../support/importer.ts';
import { mail } from '../../support/stack.ts';

type WithMailboxes = Pick<Simulator, 'exchange'>;

const CONTENT = 'scanned page '.repeat(200);
const FILES = ['Invoice 1/scan-0.pdf', 'Invoice 2/scan-0.pdf', 'Invoice 2/scan-1.pdf'];

/** Two mails, with one attachment and with two. */
export async function fill(simulator: WithMailboxes): Promise<void> {
  for (const count of [1, 2])
    await mailboxOf({ simulator }).deliver(
      mail(
        `Invoice ${count}`,
        Array.from({ length: count }, (_, index) => ({
          name: `scan-${index}.pdf`,
          contentType: 'application/pdf',
          content: Buffer.from(CONTENT),
        })),
      ),
      'inbox',
      // Not at the same moment, so that they are imported in the same order each time.
      { receivedAt: new Date(Date.UTC(2026, 10, 1, 8, count)) },
    );
}

/** No mail is lost, none comes twice, and what was saved is whole. */
export function assertImported(t: Test, simulator: WithMailboxes, disk: Disk): void {
  const mailbox = mailboxOf({ simulator });
  const processed = mailbox.folders.childNamed(mailbox.folders.resolve('inbox').id, 'Processed');
  const subjects = mailbox.items.list(processed?.id ?? '').map(({ subject }) => subject);
  t.same(subjects.toSorted(), ['Invoice 1', 'Invoice 2'], 'each once in Processed');
  t.equal(mailbox.counts('inbox').total, 0, 'none is left');
  t.same(disk.names, FILES, 'none is lost');
  for (const name of FILES) t.equal(disk.contentOf(name), CONTENT, `${name} is whole`);
}

/** A batch is noted behind its steps, but comes before them. @returns path templates in the order of the calls */
export function inOrderOfCall({ graph }: Pick<Simulator, 'graph'>): string[] {
  const calls: string[] = [];
  let steps: string[] = [];
  for (const { template, isBatchStep } of graph.requests) {
    if (isBatchStep) steps.push(template);
    else {
      calls.push(template, ...steps);
      steps = [];
    }
  }
  return calls;
}

/** Whether a call is made before the program asks for its answer: that for the second of two attachments. */
export function isAhead(calls: readonly string[], position: number): boolean {
  return [calls[position - 1], calls[position]].every((template) => template?.endsWith('/$value') === true);
}

/** How often a direct import saves a file that is cut at the same place; asked once for each. */
export function boundsOf(direct: DirectImport): (cut: Cut) => Promise<number> {
  const known = new Map<string, Promise<number>>();
  // One after the other: they share a mailbox.
  let last: Promise<unknown> = Promise.resolve();
  return (cut) => {
    const key = JSON.stringify(cut);
    let most = known.get(key);
    if (most === undefined) {
      most = last.then(async () => (await direct.run(cut)).mostOften);
      last = most.catch(() => undefined);
      known.set(key, most);
    }
    return most;
  };
}
