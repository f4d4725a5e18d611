/**
 * @see https://learn.microsoft.com/graph/api/message-move
 * @see https://learn.microsoft.com/graph/api/message-copy
 */
import type { Folder } from '../../mailbox/types.ts';
import { checkParameters } from '../body-check.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { accessDenied, GraphError } from '../errors.ts';
import { created } from './create-message.ts';
import { messageOf } from './get-message.ts';

export function moveMessage(call: Call): GraphAnswer {
  const item = messageOf(call);
  const { id, wellKnownName } = destination(call, 'message', 'move');
  if (wellKnownName === 'recoverableitemsdeletions' && call.service.behaviour.movesToRecoverable === 'refused')
    throw accessDenied();
  return created(call, call.mailbox.move(item.id, id).id);
}

export function copyMessage(call: Call): GraphAnswer {
  const item = messageOf(call);
  return created(call, call.mailbox.copy(item.id, destination(call, 'message', 'copy').id).id);
}

/** The folder that `destinationId` names, by id or well-known name. */
export function destination(call: Call, on: string, action: string): Folder {
  const id = checkParameters(call.json(), on, action, call.service).get('destinationid');
  if (typeof id !== 'string' || id === '')
    throw new GraphError(400, 'ErrorInvalidParameter', "The value of the parameter 'DestinationId' is empty.");
  return call.folder(id);
}
