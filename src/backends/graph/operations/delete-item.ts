/**
 * DeleteItem.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteitem-operation
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/deleting-items-by-using-ews-in-exchange
 * @see https://learn.microsoft.com/graph/api/message-permanentdelete
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { folderOfItem, parseId } from '../../../ews/ids/item-id.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML, type XmlFragment } from '../../../ews/xml.ts';
import { GraphError, leavesOpen } from '../service/graph-error.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { distinguished, itemTarget, type ItemTarget } from '../targets.ts';

const TRIES = 3;
const REFUSED: ReadonlySet<number> = new Set([400, 403, 404]);

export const deleteItem: Operation = (context) => {
  const act = DELETE_TYPES[context.request.attributes.get('DeleteType') ?? ''];
  if (act === undefined) throw new ResponseError('ErrorSchemaValidation', 'DeleteType is not one of the three.');
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const item = await itemTarget(context, id);
    await unlessGone(item, () => act(context, item));
    return NO_XML;
  };
  return messages('DeleteItem', children(child(context.request, 'ItemIds')), 'item', handle, { writes: true });
};

/**
 * A deletion that gave no answer may have been carried out: the message is then no longer where it was. Each call is
 * made once, so that the second one cannot call a message unknown that the first one has deleted.
 */
async function unlessGone({ scope, segment }: ItemTarget, act: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (!leavesOpen(error) || tries === TRIES) throw error;
    }
    try {
      await scope.calls.get(`/messages/${segment}`, { $select: 'id' });
    } catch (error) {
      if (error instanceof GraphError && error.status === 404) return;
      throw error;
    }
  }
}

type Delete = (context: OperationContext, item: ItemTarget) => Promise<void>;

const DELETE_TYPES: Readonly<Record<string, Delete>> = {
  MoveToDeletedItems: moveToDeletedItems,
  SoftDelete: softDelete,
  HardDelete: hardDelete,
};

async function moveToDeletedItems(context: OperationContext, item: ItemTarget): Promise<void> {
  // What lies in Deleted Items already goes where a soft delete puts it, as in EWS. The folder stands in the id.
  const deleted = parseId(item.scope.mailbox.folders.get('deleteditems') ?? '');
  const { folder } = folderOfItem(item.parsed);
  const isThere = deleted?.kind === 'folder' && deleted.folder.counter === folder.counter;
  if (isThere && deleted.folder.replica === folder.replica) await softDelete(context, item);
  else await move(item, 'deleteditems');
}

/** Where DELETE puts a message is not documented: where it is known to be Deleted Items, the message is moved on. */
async function softDelete({ capabilities }: OperationContext, item: ItemTarget): Promise<void> {
  if (capabilities.deletedMessagesRecoverable || !(await isMovedToRecoverable(item))) await remove(item);
}

async function remove({ scope, segment }: ItemTarget): Promise<void> {
  await scope.calls.delete(`/messages/${segment}`);
}

/** @returns false where Graph refuses that folder: what is busy or has given no answer says nothing of the kind */
async function isMovedToRecoverable(item: ItemTarget): Promise<boolean> {
  try {
    await move(item, distinguished(item.scope, 'recoverableitemsdeletions').segment);
    return true;
  } catch (error) {
    if (error instanceof ResponseError || (error instanceof GraphError && REFUSED.has(error.status))) return false;
    throw error;
  }
}

async function hardDelete(context: OperationContext, item: ItemTarget): Promise<void> {
  const { scope, segment } = item;
  const { capabilities, settings } = context;
  if (capabilities.permanentDelete) {
    try {
      await scope.calls.post(`/messages/${segment}/permanentDelete`);
    } catch (error) {
      // A second time it is refused with this code: what was asked for is done.
      if (!(error instanceof GraphError && error.code === 'ErrorCannotDeleteObject')) throw error;
    }
    return;
  }
  if (settings.hardDelete === 'refuse')
    throw new ResponseError(
      'ErrorCannotDeleteObject',
      'This cloud has no permanent deletion through Microsoft Graph, and hardDelete is set to refuse.',
    );
  if (!(await isMovedToRecoverable(item))) await remove(item);
}

async function move({ scope, segment }: ItemTarget, destinationId: string): Promise<void> {
  await scope.calls.post(`/messages/${segment}/move`, { destinationId });
}
