/**
 * @see https://learn.microsoft.com/graph/api/user-post-messages
 * @see https://learn.microsoft.com/graph/outlook-send-mime-message
 */
import type { Call, GraphAnswer } from '../call.ts';
import { undeserializable } from '../errors.ts';
import { isMime, makesNoDraft, readMessage, readMime, withMessageId } from '../message-input.ts';
import { messageJson } from '../message-json.ts';
import { entityJson } from '../paging.ts';
import type { Expand } from '../query-options.ts';

const ATTACHMENTS: Expand = { name: 'attachments', cast: undefined, select: undefined, properties: [] };

/** A message, always a draft, unless PidTagMessageFlags say otherwise [code davmail]. */
export async function createMessage(call: Call): Promise<GraphAnswer> {
  const { mailbox, service } = call;
  const folder = call.params['folder'] === undefined ? mailbox.folders.resolve('drafts') : call.folder();
  if (isMime(call)) {
    if (call.params['folder'] !== undefined && service.behaviour.mimeIntoFolders === 'refused')
      throw undeserializable();
    const message = await readMime(call);
    if (message === undefined) return { status: 200, json: {} };
    const item = mailbox.add(withMessageId(message, mailbox), folder.id, { isDraft: true, isRead: true });
    return created(call, item.id, service.behaviour.attachmentsOfPostedMime === 'given' ? [ATTACHMENTS] : []);
  }
  const { parts, state, flags } = readMessage(call.json(), call);
  const isDraft = !makesNoDraft(flags, call);
  const isRead = state.isRead ?? (isDraft || ((flags ?? 0) & 1) !== 0);
  const item = mailbox.add(withMessageId(parts, mailbox), folder.id, {
    receivedAt: new Date(),
    ...state,
    isDraft,
    isRead,
  });
  return created(call, item.id);
}

/** 201 with the message. */
export function created(call: Call, id: string, expand: readonly Expand[] = []): GraphAnswer {
  const json = messageJson(call, call.mailbox.item(id), { select: undefined, expand });
  return { status: 201, json: entityJson(call, json) };
}
