/**
 * DeleteItem.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteitem-operation
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/deleting-items-by-using-ews-in-exchange
 * @see https://learn.microsoft.com/graph/api/message-permanentdelete
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { folderOfItem, parseId } from '../../../ews/ids/item-id.ts';
import { NO_XML, type XmlFragment } from '../../../ews/xml.ts';
import { deleteBy, deleteTypeOf, deletionOf, deletionStep, type MessageDeletion } from '../deletion.ts';
import { GraphError, leavesOpen } from '../service/graph-error.ts';
import { messages, type Operation } from '../operation.ts';
import { itemTarget, type ItemTarget } from '../targets.ts';

const TRIES = 3;

export const deleteItem: Operation = (context) => {
  const type = deleteTypeOf(context);
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const item = await itemTarget(context, id);
    const deletion = deletionOf(context, item.scope, type, isInDeletedItems(item));
    await unlessGone(item, () => deleteBy(deletion, (how) => call(item, how)));
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

/** The folder stands in the id. */
function isInDeletedItems({ scope, parsed }: ItemTarget): boolean {
  const deleted = parseId(scope.mailbox.folders.get('deleteditems') ?? '');
  const { folder } = folderOfItem(parsed);
  const isCounted = deleted?.kind === 'folder' && deleted.folder.counter === folder.counter;
  return isCounted && deleted.folder.replica === folder.replica;
}

async function call({ scope, segment }: ItemTarget, deletion: MessageDeletion): Promise<void> {
  const { method, path, body } = deletionStep(segment, deletion);
  try {
    await (method === 'DELETE' ? scope.calls.delete(path) : scope.calls.post(path, body));
  } catch (error) {
    // A second time it is refused with this code: what was asked for is done.
    const isDone = error instanceof GraphError && error.code === 'ErrorCannotDeleteObject';
    if (deletion !== 'permanentDelete' || !isDone) throw error;
  }
}
