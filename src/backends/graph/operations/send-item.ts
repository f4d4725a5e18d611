/**
 * SendItem: sends drafts that are in the mailbox.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/senditem-operation
 * @see https://learn.microsoft.com/graph/api/message-send
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML, type XmlFragment } from '../../../ews/xml.ts';
import type { CreatedMessage } from '../writing/message-creation.ts';
import { isTrue } from '../writing/new-message.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { sendDraft, type SaveTo } from '../writing/sending.ts';
import { itemTarget, savedFolder } from '../targets.ts';

export const sendItem: Operation = (context) => {
  const ids = children(child(context.request, 'ItemIds'));
  context.sink.items(ids.length);
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const saveTo = await saveTarget(context);
    const item = await itemTarget(context, id);
    if (item.changeKey === undefined)
      throw new ResponseError('ErrorChangeKeyRequired', 'The change key is required for this operation.');
    const draft = await item.scope.calls.get<CreatedMessage>(`/messages/${item.segment}`, {
      $select: 'id,changeKey,isDraft,internetMessageId',
    });
    if (draft.changeKey !== item.changeKey)
      throw new ResponseError('ErrorStaleObject', 'The change key is not the current one of the item.');
    if (!draft.isDraft) throw new ResponseError('ErrorInvalidOperation', 'Only a draft can be sent.');
    await sendDraft(context, item.scope, { id: item.segment, internetMessageId: draft.internetMessageId }, saveTo);
    return NO_XML;
  };
  return messages('SendItem', ids, 'item', handle, { writes: true });
};

/** @throws ResponseError where a folder is named although nothing is to be saved */
async function saveTarget(context: OperationContext): Promise<SaveTo> {
  const saves = isTrue(context.request.attributes.get('SaveItemToFolder'));
  if (!saves && child(context.request, 'SavedItemFolderId') !== undefined)
    throw new ResponseError('ErrorInvalidSendItemSaveSettings', 'A folder is named although nothing is saved.');
  return saves ? ((await savedFolder(context)) ?? 'sentitems') : null;
}
