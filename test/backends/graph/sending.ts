/** Sending through the gateway, for the tests of this folder. */
import type { Test } from 'tap';
import type { Mailbox } from '../../../src/simulator/mailbox/mailbox.ts';
import type { Item } from '../../../src/simulator/mailbox/types.ts';
import { startDifferential, type Differential } from '../../support/differential.ts';
import { BOB } from '../../support/stack.ts';

/** What may send through Graph. */
export const SENDING = {
  alice: '    operations: mail',
  graphRoles: ['Mail.ReadWrite', 'Mail.Send', 'User.ReadBasic.All'],
} as const;

export function startSending(t: Test): Promise<Differential> {
  return startDifferential(t, SENDING);
}

export function bobOf({ graph }: Pick<Differential, 'graph'>): Mailbox {
  const bob = graph.simulator.exchange.mailboxes.find(({ address }) => address === BOB);
  if (bob === undefined) throw new Error('no mailbox');
  return bob;
}

export function itemsIn(mailbox: Mailbox, folder: string): Item[] {
  return mailbox.items.list(mailbox.folders.resolve(folder).id);
}

export const to = (address: string, name = 'Somebody'): string =>
  `<t:Mailbox><t:Name>${name}</t:Name><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>`;

/** A SavedItemFolderId. */
export const into = (name: string): string =>
  `<m:SavedItemFolderId><t:DistinguishedFolderId Id="${name}"/></m:SavedItemFolderId>`;

/** CreateItem of one or more items. */
export const createItem = (items: string, disposition: string, folder = ''): string =>
  `<m:CreateItem MessageDisposition="${disposition}">${folder}<m:Items>${items}</m:Items></m:CreateItem>`;
