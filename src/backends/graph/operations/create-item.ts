/**
 * CreateItem of messages: saved, sent, or both, by their properties or by their MIME; and answers to messages.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createitem-operation
 * @see https://learn.microsoft.com/graph/api/user-post-messages
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { wantedItemProperties } from '../../../ews/properties/wanted.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { createMessage, moveNew, removingOnFailure, type CreatedMessage } from '../writing/message-creation.ts';
import { messageElement, viewOf } from '../messages/message-element.ts';
import { messageQuery } from '../messages/message-query.ts';
import { newMessage, type NewMessage } from '../writing/new-message.ts';
import { messages, versionOf, type Operation, type OperationContext, type Scope } from '../operation.ts';
import { withQuery } from '../service/paths.ts';
import type { GraphMessage } from '../properties/graph-property.ts';
import { ITEM_CLASS, MESSAGE_PROPERTIES } from '../properties/message.ts';
import { suppressReadReceipt } from '../writing/receipts.ts';
import { createResponse, isResponse } from '../writing/responses.ts';
import { sendNew, sendOwnDraft } from '../writing/sending.ts';
import { savedFolder, type FolderTarget } from '../targets.ts';

export const createItem: Operation = (context) => {
  const { request } = context;
  const items = children(child(request, 'Items'));
  context.sink.items(items.length);
  const handle = async (element: EwsElement): Promise<XmlFragment> => {
    if (element.localName === 'SuppressReadReceipt') {
      await suppressReadReceipt(context, element);
      return xml`<m:Items/>`;
    }
    if (MEETING_ANSWERS.has(element.localName))
      throw new ResponseError('ErrorInvalidOperation', 'Meetings cannot be answered through Microsoft Graph yet.');
    const message = isResponse(element) ? undefined : newMessage(element);
    const disposition = request.attributes.get('MessageDisposition');
    if (disposition === undefined)
      throw new ResponseError('ErrorMessageDispositionRequired', 'The MessageDisposition attribute is required.');
    const folder = await savedFolder(context);
    if (disposition === 'SaveOnly')
      return message === undefined ? saveResponse(context, folder, element) : save(context, folder, message);
    const saveTo = disposition === 'SendOnly' ? null : (folder ?? 'sentitems');
    if (message === undefined) {
      const { original, draft } = await createResponse(context, element);
      await sendOwnDraft(context, original.scope, draft, saveTo);
    } else await sendNew(context, folder?.scope ?? context.own, message, saveTo);
    // What is sent is answered without an id, whether a copy is kept or not.
    return xml`<m:Items/>`;
  };
  return messages('CreateItem', items, 'item', handle, { writes: true });
};

const MEETING_ANSWERS: ReadonlySet<string> = new Set([
  'AcceptItem',
  'CancelCalendarItem',
  'DeclineItem',
  'ProposeNewTime',
  'RemoveItem',
  'TentativelyAcceptItem',
]);

async function save(
  context: OperationContext,
  folder: FolderTarget | undefined,
  message: NewMessage,
): Promise<XmlFragment> {
  const scope = folder?.scope ?? context.own;
  const created = await createMessage(context, scope, folder?.segment ?? 'drafts', message);
  return xml`<m:Items>${await createdElement(context, scope, created, message)}</m:Items>`;
}

/** Graph makes drafts of answers in Drafts; one that is to be elsewhere is moved. */
async function saveResponse(
  context: OperationContext,
  folder: FolderTarget | undefined,
  element: EwsElement,
): Promise<XmlFragment> {
  const { original, draft } = await createResponse(context, element);
  const { scope } = original;
  const saved = await removingOnFailure(context, scope, draft, async () => {
    if (folder === undefined || folder.id === scope.mailbox.folders.get('drafts')) return draft;
    if (folder.scope !== scope)
      throw new ResponseError('ErrorCrossMailboxMoveCopy', 'An answer is saved in the mailbox of its message.');
    return moveNew(scope, draft, folder.segment);
  });
  const outline = { itemClass: 'IPM.Note', attachments: [] };
  return xml`<m:Items>${await createdElement(context, scope, saved, outline)}</m:Items>`;
}

/** The id, and those of the attachments that came along: clients take them from here. */
async function createdElement(
  context: OperationContext,
  { calls }: Scope,
  { id, changeKey, hasAttachments }: CreatedMessage,
  { itemClass, attachments }: Pick<NewMessage, 'itemClass' | 'attachments'>,
): Promise<XmlFragment> {
  const fields = attachments.length > 0 || hasAttachments ? ['item:Attachments'] : [];
  const shape = { base: 'IdOnly', fields: new Set(fields), headers: [], extended: [] } as const;
  const wanted = wantedItemProperties(shape, { version: versionOf(context), inList: false });
  const { $select, $expand } = messageQuery({ uris: fields, extended: [] }, context.capabilities);
  const message =
    fields.length === 0
      ? { id, changeKey }
      : await calls.get<GraphMessage>(withQuery(`/messages/${id}`, { $select, $expand }));
  const view = viewOf({ ...message, singleValueExtendedProperties: [{ id: ITEM_CLASS, value: itemClass }] });
  context.attachments.note(MESSAGE_PROPERTIES['item:Attachments'].read(view));
  return messageElement(view, wanted);
}
