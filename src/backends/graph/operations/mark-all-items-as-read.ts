/**
 * MarkAllItemsAsRead: message by message, since Graph has no action for it. Receipts that senders asked for are sent.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/markallitemsasread-operation
 */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML, type XmlFragment } from '../../../ews/xml.ts';
import { changeAll } from '../messages/all-messages.ts';
import { isTrue } from '../writing/new-message.ts';
import { messages, type Operation } from '../operation.ts';
import { folderTarget } from '../targets.ts';

export const markAllItemsAsRead: Operation = (context) => {
  const { request } = context;
  const isRead = isTrue(textAt(request, 'ReadFlag'));
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const { scope, segment, isRoot } = await folderTarget(context, id);
    if (isRoot) throw new ResponseError('ErrorAccessDenied', 'The root folder holds no messages.');
    await changeAll(context, scope, segment, `isRead eq ${!isRead}`, (message) => ({
      method: 'PATCH',
      path: `/messages/${message}`,
      body: { isRead },
    }));
    return NO_XML;
  };
  return messages('MarkAllItemsAsRead', children(child(request, 'FolderIds')), 'folder', handle, { writes: true });
};
