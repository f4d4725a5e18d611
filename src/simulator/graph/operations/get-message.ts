/**
 * @see https://learn.microsoft.com/graph/api/message-get
 * @see https://learn.microsoft.com/graph/outlook-get-mime-message
 */
import type { Call, GraphAnswer } from '../call.ts';
import { GraphError } from '../errors.ts';
import { findMessage } from '../ids.ts';
import { LARGEST_BODY } from '../message-input.ts';
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

const NO_MAIL = /^IPM\.(?:Appointment|Contact|Task)\b/i;

/** The message of the path, in the folder of the path where there is one. */
export function messageOf(call: Call): ReturnType<typeof findMessage> {
  const { otherIdForms } = call.service.behaviour;
  const item = findMessage(call.mailbox, call.param('message'), otherIdForms === 'same');
  const isPurged = item.folderId === call.mailbox.folders.wellKnown('recoverableitemspurges')?.id;
  const isOther = NO_MAIL.test(item.itemClass) && call.service.behaviour.otherKinds === 'notFound';
  const isHere = call.params['folder'] === undefined || call.folder().id === item.folderId;
  if (
    !isHere ||
    isOther ||
    (isPurged && call.service.behaviour.purgedMessages === 'gone' && call.request.method === 'GET')
  )
    throw new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
  return item;
}

/** Opaque signed and encrypted messages cannot be converted, ever [thread OpenArchiver#487]. */
const OPAQUE = /^(?:REPORT\.)?IPM\.Note\.SMIME(?!\.MultipartSigned)/i;

export async function getMessageValue(call: Call): Promise<GraphAnswer> {
  const { id, itemClass } = messageOf(call);
  if (OPAQUE.test(itemClass))
    throw new GraphError(500, 'ErrorMimeContentConversionFailed', 'MIME content conversion failed.');
  const bytes = await call.mailbox.mimeOf(id);
  if (bytes.length > LARGEST_BODY && call.service.behaviour.largeValue === 'refused')
    throw new GraphError(400, 'ErrorMessageSizeExceeded', 'The message exceeds the maximum supported size.');
  return { status: 200, headers: { 'content-type': 'text/plain' }, bytes };
}
