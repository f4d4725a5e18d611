/** Sync states: opaque to clients, here the number of the last change they have seen. */
import type { Mailbox } from './mailbox.ts';
import { ResponseError } from './operation.ts';

export function syncState(mailbox: Mailbox, number = mailbox.changes.length): string {
  return Buffer.from(`sync ${number} ${mailbox.address}`).toString('base64');
}

/** @returns the number of the last change seen, undefined for a first synchronisation */
export function readSyncState(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const match = /^sync (\d+) /.exec(Buffer.from(text, 'base64').toString());
  if (match === null) throw new ResponseError('ErrorInvalidSyncStateData', 'Synchronization state data is corrupt or otherwise invalid.');
  return Number(match[1]);
}
