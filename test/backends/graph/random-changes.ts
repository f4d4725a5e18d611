/** Random changes of an Inbox, with what a client does in between. */
import fc from 'fast-check';
import type { Item } from '../../../src/simulator/mailbox/types.ts';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import { mail } from '../../support/stack.ts';

export type Change =
  | { readonly act: 'deliver' | 'moveIn' }
  | { readonly act: 'read' | 'change' | 'moveOut' | 'delete' | 'copy'; readonly which: number };

/** @param client what the client does */
export function stepsWith<T>(client: fc.Arbitrary<T>): fc.Arbitrary<(Change | T)[]> {
  return fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('deliver' as const, 'moveIn' as const) }) },
      {
        weight: 4,
        arbitrary: fc.record({
          act: fc.constantFrom(
            'read' as const,
            'change' as const,
            'moveOut' as const,
            'delete' as const,
            'copy' as const,
          ),
          which: fc.nat(50),
        }),
      },
      { weight: 3, arbitrary: client },
    ),
    { minLength: 5, maxLength: 25 },
  );
}

export function inboxOf(mailbox: Mailbox): readonly Item[] {
  return mailbox.items.list(mailbox.folders.resolve('inbox').id);
}

export async function change(mailbox: Mailbox, step: Change): Promise<void> {
  if (step.act === 'deliver') await mailbox.deliver(mail('new'));
  else if (step.act === 'moveIn') mailbox.move((await mailbox.deliver(mail('moved'), 'drafts')).id, 'inbox');
  if (!('which' in step)) return;
  // Not by their times, which depend on how quick the machine is.
  const items = inboxOf(mailbox).toSorted((one, other) => one.arrivedAt - other.arrivedAt);
  const item = items[step.which % items.length];
  if (item === undefined) return;
  if (step.act === 'read') mailbox.update(item.id, { isRead: !item.isRead });
  else if (step.act === 'change') mailbox.update(item.id, { categories: [`${step.which}`] });
  else if (step.act === 'moveOut') mailbox.move(item.id, 'deleteditems');
  else if (step.act === 'copy') mailbox.copy(item.id, 'inbox');
  else mailbox.delete(item.id, 'hard');
}
