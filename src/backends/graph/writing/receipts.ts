/**
 * Read receipts that are not to be sent. Graph has no action for that: it sends the receipt when a message is marked as
 * read. Where a tenant lets the request for it be taken back before, there is none to send.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/suppressreadreceipt
 */
import type { Message } from '@microsoft/microsoft-graph-types';
import { child, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import type { OperationContext, Scope } from '../operation.ts';
import type { StepResult } from '../service/batch.ts';
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
 * Takes the requests of several messages back, where that can be done.
 *
 * @param ids of Graph
 * @returns those of which a receipt would still be sent
 * @throws GraphError where it is not known of one for the moment
 */
export async function withdrawReceipts(
  { capabilities }: Pick<OperationContext, 'capabilities'>,
  { calls }: Scope,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (!capabilities.receiptsCanBeWithdrawn) return new Set(ids);
  const results = await calls.batch<Pick<Message, 'isReadReceiptRequested'>>(
    ids.map((id) => ({ method: 'PATCH', path: `/messages/${id}`, body: { isReadReceiptRequested: false } })),
  );
  return new Set(ids.filter((_, index) => isLeft(results[index])));
}

function isLeft(result: StepResult<Pick<Message, 'isReadReceiptRequested'>> | undefined): boolean {
  if (result === undefined) return true;
  // A change that is not allowed may be answered as if it were done.
  if ('value' in result) return result.value.isReadReceiptRequested !== false;
  const { status } = result.error;
  if (status === 404) return false;
  if (status === 400 || status === 403) return true;
  throw result.error;
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
