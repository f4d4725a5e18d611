/**
 * reply, replyAll, forward and the drafts of each.
 *
 * @see https://learn.microsoft.com/graph/api/message-reply
 * @see https://learn.microsoft.com/graph/api/message-createreply
 */
import { recipient, type MessageParts } from '../../mailbox/message.ts';
import { bodyOf, type Item, type Recipient } from '../../mailbox/types.ts';
import { textToHtml } from '../../../ews/html-text.ts';
import { checkObject, checkParameters } from '../body-check.ts';
import type { Call, GraphAnswer, Operation } from '../call.ts';
import { badRequest, GraphError } from '../errors.ts';
import { isMime, readMime, readMessage, readRecipients, withMessageId } from '../message-input.ts';
import { created } from './create-message.ts';
import { messageOf } from './get-message.ts';

type Kind = 'reply' | 'replyAll' | 'forward';

const DRAFTS = { reply: 'createReply', replyAll: 'createReplyAll', forward: 'createForward' } as const;

/** The action that makes a draft of the answer. */
export function createResponse(kind: Kind): Operation {
  return async (call) => {
    const parts = await responseOf(call, kind, DRAFTS[kind]);
    if (parts === undefined) return { status: 200, json: {} };
    const state = { isDraft: true, isRead: true, receivedAt: new Date() };
    const draft = call.mailbox.add(withMessageId(parts, call.mailbox), 'drafts', state);
    return created(call, draft.id);
  };
}

/** The action that sends it. */
export function sendResponse(kind: Kind): Operation {
  return async (call): Promise<GraphAnswer> => {
    const parts = await responseOf(call, kind, kind);
    if (parts === undefined) return { status: 200, json: {} };
    await call.service.organization.send(call.mailbox, parts);
    return { status: 202 };
  };
}

async function responseOf(call: Call, kind: Kind, action: string): Promise<MessageParts | undefined> {
  const item = messageOf(call);
  if (isMime(call)) {
    const mime = await readMime(call);
    return mime && { ...mime, inReplyTo: item.internetMessageId, mime: undefined };
  }
  const body = call.request.body.length === 0 ? {} : call.json();
  const parameters = checkParameters(body, 'message', action, call.service);
  const message = parameters.get('message') as Readonly<Record<string, unknown>> | undefined;
  const comment = parameters.get('comment');
  if (message !== undefined && message !== null) checkObject(message, 'message', call.service);
  // [doc] "Specifying both properties will return an HTTP 400 Bad Request error."
  if (typeof comment === 'string' && message?.['body'] !== undefined)
    throw badRequest('Comment and Body in Message are exclusive.');
  const to = parameters.get('torecipients');
  if (kind === 'forward' && to !== undefined && message?.['toRecipients'] !== undefined)
    throw new GraphError(400, 'ErrorInvalidRequest', 'Both ToRecipients and Message.ToRecipients are specified.');
  const given = message === undefined || message === null ? {} : readMessage(message, call).parts;
  const isLost = action.startsWith('create') && call.service.behaviour.commentOfDrafts === 'lost';
  const said = isLost || typeof comment !== 'string' ? '' : comment;
  const { attachments = [], ...fields } = given;
  const html = `${textToHtml(said)}${quoted(item)}`;
  return {
    ...answerTo(call, item, kind),
    bodyHtml: html,
    ...(to === undefined ? {} : { to: readRecipients(to) }),
    ...fields,
    attachments: [...(kind === 'forward' ? item.attachments : []), ...attachments],
  };
}

function answerTo({ mailbox }: Call, item: Item, kind: Kind): MessageParts {
  const prefix = kind === 'forward' ? 'FW: ' : 'RE: ';
  const subject = new RegExp(`^${prefix}`, 'i').test(item.subject) ? item.subject : `${prefix}${item.subject}`;
  const own = ({ address }: Recipient): boolean => !mailbox.owns(address);
  const sender = item.replyTo.length > 0 ? item.replyTo : item.from === undefined ? [] : [item.from];
  return {
    subject,
    from: recipient(mailbox.address, mailbox.displayName),
    to: kind === 'forward' ? [] : kind === 'reply' ? sender : [...sender, ...item.to.filter(own)],
    cc: kind === 'replyAll' ? item.cc.filter(own) : [],
    inReplyTo: item.internetMessageId,
    references: [item.references, item.internetMessageId].filter((id) => id !== undefined).join(' '),
    // Five more bytes with each answer (MS-OXOMSG 2.2.1.3).
    conversationIndex: Buffer.concat([item.conversationIndex, Buffer.alloc(5)]),
  };
}

function quoted(item: Item): string {
  const { type, content } = bodyOf(item);
  const from = item.from === undefined ? '' : `${item.from.name} &lt;${item.from.address}&gt;`;
  const said = type === 'html' ? content : textToHtml(content);
  return `<hr><b>From:</b> ${from}<br><b>Subject:</b> ${item.subject}<br>${said}`;
}
