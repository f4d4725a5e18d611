/**
 * Read receipts that are not to be sent. Graph has no action for that: it sends the receipt when a message is marked as
 * read. Where a tenant lets the request for it be taken back before, there is none to send.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/suppressreadreceipt
 */
import type { Message } from '@microsoft/microsoft-graph-types';
import { child, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import type { OperationContext } from '../operation.ts';
import { GraphError } from '../service/graph-error.ts';
import { itemTarget, type ItemTarget } from '../targets.ts';

/** Takes the request back, where that can be done; what Graph refuses leaves the receipt to be sent. */
export async function withdrawReceipt(
  { capabilities }: Pick<OperationContext, 'capabilities'>,
  { scope, segment }: ItemTarget,
): Promise<void> {
  if (!capabilities.receiptsCanBeWithdrawn) return;
  try {
    await scope.calls.patch(`/messages/${segment}`, { isReadReceiptRequested: false });
  } catch (error) {
    if (!(error instanceof GraphError) || (error.status !== 400 && error.status !== 403)) throw error;
  }
}

/**
 * SuppressReadReceipt, a response object of CreateItem.
 *
 * @throws ResponseError ErrorReadReceiptNotPending, and ErrorInvalidOperation where the request cannot be taken back:
 *   the message is left as it is then
 */
export async function suppressReadReceipt(context: OperationContext, element: EwsElement): Promise<void> {
  const target = await itemTarget(context, child(element, 'ReferenceItemId'));
  const { scope, segment } = target;
  const message = await scope.calls.get<Pick<Message, 'isRead' | 'isDraft' | 'isReadReceiptRequested'>>(
    `/messages/${segment}`,
    { $select: 'isRead,isDraft,isReadReceiptRequested' },
  );
  if (message.isRead === true || message.isDraft === true || message.isReadReceiptRequested !== true)
    throw new ResponseError('ErrorReadReceiptNotPending', 'A read receipt is not pending for this item.');
  if (context.capabilities.receiptsCanBeWithdrawn) return withdrawReceipt(context, target);
  throw new ResponseError(
    'ErrorInvalidOperation',
    'Microsoft Graph cannot suppress a read receipt: it is sent once the message is marked as read.',
  );
}
