/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteitem-operation */
import { NO_XML } from '../../../ews/xml.ts';
import { itemOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { DELETE_MODES } from './delete-folder.ts';

export const deleteItem: Operation = {
  name: 'DeleteItem',
  answer: (context) =>
    answerEach('DeleteItem', listOf(context, 'ItemIds'), (id) => {
      const mode = DELETE_MODES[context.request.attributes.get('DeleteType') ?? ''] ?? 'soft';
      context.mailbox.delete(itemOf(context, id).id, mode);
      return NO_XML;
    }),
};
