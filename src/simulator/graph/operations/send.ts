/**
 * @see https://learn.microsoft.com/graph/api/message-send
 * @see https://learn.microsoft.com/graph/api/user-sendmail
 */
import type { MessageParts } from '../../mailbox/message.ts';
import type { NewMessage } from '../../mailbox/types.ts';
import { checkParameters } from '../body-check.ts';
import type { Call, GraphAnswer } from '../call.ts';
import { GraphError, undeserializable } from '../errors.ts';
import { isMime, readMessage, readMime } from '../message-input.ts';
import { messageOf } from './get-message.ts';

const ACCEPTED: GraphAnswer = { status: 202 };

/** PidTagDeleteAfterSubmit. */
const DELETE_AFTER_SUBMIT = { type: 'Boolean', tag: 0x0e01 } as const;

/** The draft's id dies; the copy in Sent Items has another. */
export async function sendDraft(call: Call): Promise<GraphAnswer> {
  const { behaviour, organization } = call.service;
  const { id, from, extended } = messageOf(call);
  requireSendAs(call, { from });
  const keepsNone = behaviour.deleteAfterSubmit === 'honoured' && extended.get(DELETE_AFTER_SUBMIT) === 'true';
  await organization.sendDraft(call.mailbox, id, keepsNone ? { saveTo: null } : {});
  return ACCEPTED;
}

export async function sendMail(call: Call): Promise<GraphAnswer> {
  const { mailbox, service } = call;
  if (isMime(call)) {
    const message = await readMime(call);
    if (message === undefined) return { status: 200, json: {} };
    requireSendAs(call, message);
    // There is no parameter for it: a copy is always kept [doc].
    await service.organization.send(mailbox, message.mime ?? message);
    return ACCEPTED;
  }
  const parameters = checkParameters(call.json(), 'user', 'sendMail', service);
  const message = parameters.get('message');
  if (message === undefined || message === null) throw undeserializable();
  const { parts } = readMessage(message, call);
  requireSendAs(call, parts);
  await service.organization.send(mailbox, parts, parameters.get('savetosentitems') === false ? { saveTo: null } : {});
  return ACCEPTED;
}

/** @throws GraphError ErrorSendAsDenied [thread microsoft-graph-docs#3996] */
export function requireSendAs({ mailbox }: Call, { from }: MessageParts | NewMessage): void {
  if (from === undefined || mailbox.owns(from.address)) return;
  throw new GraphError(
    403,
    'ErrorSendAsDenied',
    'The user account which was used to submit this request does not have the right to send mail on behalf of the ' +
      'specified sending account., Cannot submit message.',
  );
}
