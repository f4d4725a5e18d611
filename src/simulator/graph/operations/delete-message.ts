/**
 * @see https://learn.microsoft.com/graph/api/message-delete
 * @see https://learn.microsoft.com/graph/api/message-permanentdelete
 */
import type { Call, GraphAnswer } from '../call.ts';
import { GraphError } from '../errors.ts';
import { findMessage, readId } from '../ids.ts';
import { messageOf } from './get-message.ts';
import { requireVersion } from './update-message.ts';

const NO_CONTENT: GraphAnswer = { status: 204 };

const refused = (): GraphError =>
  new GraphError(403, 'ErrorCannotDeleteObject', 'The specified object could not be deleted.');

/** Where it goes is not documented [thread microsoft-graph-docs#19256]. */
export function deleteMessage(call: Call): GraphAnswer {
  const { mailbox, service } = call;
  const item = messageOf(call);
  requireVersion(call, item);
  // [thread microsoft-graph-docs#2894]
  if (isRecoverable(call, item.folderId)) throw refused();
  mailbox.delete(item.id, service.behaviour.deletedMessages === 'recoverable' ? 'soft' : 'moveToDeletedItems');
  return NO_CONTENT;
}

/** To Purges, as HardDelete of EWS; a second time it is refused [measured, consumers]. */
export function permanentlyDeleteMessage(call: Call): GraphAnswer {
  const { mailbox, service } = call;
  const { ews } = readId(mailbox, call.param('message'));
  const purged = service.purged.get(mailbox.guid) ?? new Set();
  if (purged.has(ews)) throw refused();
  const item = findMessage(mailbox, call.param('message'));
  if (item.folderId === mailbox.folders.resolve('recoverableitemspurges').id) throw refused();
  mailbox.move(item.id, 'recoverableitemspurges');
  service.purged.set(mailbox.guid, purged.add(ews));
  return NO_CONTENT;
}

function isRecoverable({ mailbox }: Call, folderId: string): boolean {
  return ['recoverableitemsdeletions', 'recoverableitemspurges'].some(
    (name) => mailbox.folders.wellKnown(name)?.id === folderId,
  );
}
