/**
 * @see https://learn.microsoft.com/graph/api/message-get
 * @see https://learn.microsoft.com/graph/outlook-get-mime-message
 */
import type { Call, GraphAnswer } from '../call.ts';
import { GraphError } from '../errors.ts';
import { findMessage } from '../ids.ts';
import { messageJson } from '../message-json.ts';
import { entityJson } from '../paging.ts';
import { withinPermission } from './list-messages.ts';

export function getMessage(call: Call): GraphAnswer {
  const options = withinPermission(call, call.options('message'));
  const item = messageOf(call);
  const applied =
    call.prefer.bodyType === undefined
      ? {}
      : { 'preference-applied': `outlook.body-content-type="${call.prefer.bodyType}"` };
  return { status: 200, headers: applied, json: entityJson(call, messageJson(call, item, options)) };
}

/** The message of the path, in the folder of the path where there is one. */
export function messageOf(call: Call): ReturnType<typeof findMessage> {
  const { otherIdForms } = call.service.behaviour;
  const item = findMessage(call.mailbox, call.param('message'), otherIdForms === 'same');
  const isPurged = item.folderId === call.mailbox.folders.wellKnown('recoverableitemspurges')?.id;
  const isHere = call.params['folder'] === undefined || call.folder().id === item.folderId;
  if (!isHere || (isPurged && call.service.behaviour.purgedMessages === 'gone' && call.request.method === 'GET'))
    throw new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
  return item;
}

/** Opaque signed and encrypted messages cannot be converted, ever [thread OpenArchiver#487]. */
const OPAQUE = /^(?:REPORT\.)?IPM\.Note\.SMIME(?!\.MultipartSigned)/i;

export async function getMessageValue(call: Call): Promise<GraphAnswer> {
  const { id, itemClass } = messageOf(call);
  if (OPAQUE.test(itemClass))
    throw new GraphError(500, 'ErrorMimeContentConversionFailed', 'MIME content conversion failed.');
  return { status: 200, headers: { 'content-type': 'text/plain' }, bytes: await call.mailbox.mimeOf(id) };
}
