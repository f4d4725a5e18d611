/**
 * MarkAllItemsAsRead: message by message, since Graph has no action for it. Graph sends the receipts that senders asked
 * for. Where they are to be suppressed, the requests for them are taken back before; messages of which that cannot be
 * done stay unread, and the folder's answer says so.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/markallitemsasread-operation
 */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML, type XmlFragment } from '../../../ews/xml.ts';
import { changeAll, type ListedMessage } from '../messages/all-messages.ts';
import { isTrue } from '../writing/new-message.ts';
import { withdrawReceipts } from '../writing/receipts.ts';
import { messages, type Operation, type OperationContext, type Scope } from '../operation.ts';
import { folderTarget } from '../targets.ts';

interface Unread extends ListedMessage {
  readonly isDraft?: boolean;
  readonly isReadReceiptRequested?: boolean;
}

export const markAllItemsAsRead: Operation = (context) => {
  const { request } = context;
  const isRead = isTrue(textAt(request, 'ReadFlag'));
  const suppresses = isRead && isTrue(textAt(request, 'SuppressReadReceipts'));
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const { scope, segment, isRoot } = await folderTarget(context, id);
    if (isRoot) throw new ResponseError('ErrorAccessDenied', 'The root folder holds no messages.');
    const left = await changeAll<Unread>(context, scope, segment, {
      $filter: `isRead eq ${!isRead}`,
      $select: suppresses ? ['id', 'isDraft', 'isReadReceiptRequested'] : ['id'],
      stepFor: (message) => ({ method: 'PATCH', path: `/messages/${message}`, body: { isRead } }),
      ...(suppresses ? { prepare: (unread) => pendingReceipts(context, scope, unread) } : {}),
    });
    if (left > 0) throw notSuppressed(left);
    return NO_XML;
  };
  return messages('MarkAllItemsAsRead', children(child(request, 'FolderIds')), 'folder', handle, { writes: true });
};

/** @returns messages of which a receipt would be sent, though it was tried to take its request back */
async function pendingReceipts(
  context: OperationContext,
  scope: Scope,
  unread: readonly Unread[],
): Promise<ReadonlySet<string>> {
  const asking = unread.filter((message) => message.isReadReceiptRequested === true && message.isDraft !== true);
  return withdrawReceipts(
    context,
    scope,
    asking.map(({ id }) => id),
  );
}

function notSuppressed(left: number): ResponseError {
  return new ResponseError(
    'ErrorInvalidOperation',
    `Microsoft Graph cannot suppress read receipts: ${left} of the messages ask for one, and stay unread. All others ` +
      'are marked as read.',
  );
}
