/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/senditem-operation */
import { child, children } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { changeKeyOf, folderOf, itemOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';

export const sendItem: Operation = {
  name: 'SendItem',
  answer: (context) =>
    answerEach('SendItem', listOf(context, 'ItemIds'), async (id) => {
      const { mailbox, organization, request } = context;
      const saved = children(child(request, 'SavedItemFolderId'))[0];
      const saves = /^(?:true|1)$/.test(request.attributes.get('SaveItemToFolder') ?? '');
      if (!saves && saved !== undefined)
        throw new ResponseError('ErrorInvalidSendItemSaveSettings', 'A folder is named although nothing is saved.');
      const item = itemOf(context, id);
      const changeKey = changeKeyOf(id);
      if (changeKey === undefined)
        throw new ResponseError('ErrorChangeKeyRequired', 'The change key is required for this operation.');
      if (changeKey !== item.changeKey)
        throw new ResponseError('ErrorStaleObject', 'The change key is not the current one of the item.');
      const folder = saved === undefined ? 'sentitems' : folderOf(context, saved, 'ErrorSavedItemFolderNotFound').id;
      await organization.sendDraft(mailbox, item.id, { saveTo: saves ? folder : null });
      return NO_XML;
    }),
};
