/**
 * MoveItem and CopyItem.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/moveitem-operation
 * @see https://learn.microsoft.com/graph/api/message-move
 * @see https://learn.microsoft.com/graph/api/message-copy
 */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { isAtLeast, schemaVersion } from '../../../ews/properties/versions.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import { leavesOpen } from '../service/graph-error.ts';
import { nameOfMessage } from '../messages/message-element.ts';
import { findMoved, type MessageHandle } from '../messages/message-traces.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { itemTarget, onlyFolder, type FolderTarget, type ItemTarget } from '../targets.ts';

export const moveItem: Operation = (context) => transfer(context, 'MoveItem', move);
export const copyItem: Operation = (context) => transfer(context, 'CopyItem', copy);

type Transfer = (context: OperationContext, item: ItemTarget, target: FolderTarget) => Promise<MessageHandle>;

function transfer(context: OperationContext, name: string, act: Transfer): ReturnType<Operation> {
  const { request } = context;
  const returnsIds = mayReturnIds(context);
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    // What is wrong with the target is the error of each item, as in EWS.
    const target = await onlyFolder(context, 'ToFolderId');
    if (target.isRoot) throw new ResponseError('ErrorMoveCopyFailed', 'No item can be in the root folder.');
    const item = await itemTarget(context, id);
    if (item.scope !== target.scope)
      throw new ResponseError('ErrorMoveCopyFailed', 'Microsoft Graph cannot move or copy to another mailbox.');
    const result = await act(context, item, target);
    return xml`<m:Items>${returnsIds ? itemIdElement(result) : undefined}</m:Items>`;
  };
  return messages(name, children(child(request, 'ItemIds')), 'item', handle, { writes: true });
}

/** An item with nothing but its id, under the name that it has in lists: some clients refuse to load it by another. */
export function itemIdElement(handle: MessageHandle): XmlFragment {
  const { id, changeKey } = handle;
  return element(nameOfMessage(handle), xml`<t:ItemId Id="${toEwsAlphabet(id)}" ChangeKey="${changeKey}"/>`);
}

/** Since Exchange2010_SP1 a client may do without the new ids; before, they are always given. */
function mayReturnIds({ request, version }: OperationContext): boolean {
  return !isAtLeast(schemaVersion(version), 'Exchange2010_SP1') || textAt(request, 'ReturnNewItemIds') !== 'false';
}

/**
 * A move that was cut off may have been carried out: the message is then in the target. It is looked for before the
 * move is called failed, so that a client does not import it a second time.
 */
export async function move(
  { traces }: OperationContext,
  item: ItemTarget,
  target: FolderTarget,
): Promise<MessageHandle> {
  const { scope, segment } = item;
  const { calls } = scope;
  const trace = traces.of(segment);
  const request = (): Promise<MessageHandle> =>
    calls.post(`/messages/${segment}/move`, { destinationId: target.segment });
  let moved: MessageHandle;
  try {
    moved = await request();
  } catch (error) {
    if (!leavesOpen(error)) throw error;
    const found = await findMoved(calls, segment, target.segment, trace);
    if (found === undefined) throw error;
    moved = found === 'not moved' ? await request() : found;
  }
  if (trace !== undefined) traces.set(moved.id, trace);
  return moved;
}

/** A copy that gave no answer is not repeated: nobody can tell a second copy from the first. */
async function copy(_context: OperationContext, item: ItemTarget, target: FolderTarget): Promise<MessageHandle> {
  return item.scope.calls.post(`/messages/${item.segment}/copy`, { destinationId: target.segment });
}
