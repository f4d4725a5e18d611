/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteitem-operation */
import { NO_XML } from '../../../ews/xml.ts';
import { itemOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { DELETE_MODES, DELETE_TYPE } from './delete-folder.ts';

export const deleteItem: Operation = {
  name: 'DeleteItem',
  schema: {
    children: 'ItemIds',
    attributes:
      `${DELETE_TYPE} SendMeetingCancellations?=SendToNone|SendOnlyToAll|SendToAllAndSaveCopy ` +
      'AffectedTaskOccurrences?=AllOccurrences|SpecifiedOccurrenceOnly SuppressReadReceipts?=true|false|0|1',
  },
  answer: (context) =>
    answerEach('DeleteItem', listOf(context, 'ItemIds'), (id) => {
      const mode = DELETE_MODES[context.request.attributes.get('DeleteType') ?? ''] ?? 'soft';
      context.mailbox.delete(itemOf(context, id).id, mode);
      return NO_XML;
    }),
};
