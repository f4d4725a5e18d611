/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/markallitemsasread-operation */
import { textAt } from '../../../ews/element.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { folderOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';

export const markAllItemsAsRead: Operation = {
  name: 'MarkAllItemsAsRead',
  answer: (context) => {
    const { mailbox, request } = context;
    const isRead = /^(?:true|1)$/.test(textAt(request, 'ReadFlag') ?? '');
    return answerEach('MarkAllItemsAsRead', listOf(context, 'FolderIds'), (id) => {
      for (const item of mailbox.items.list(folderOf(context, id).id))
        if (item.isRead !== isRead) mailbox.update(item.id, { isRead });
      return NO_XML;
    });
  },
};
