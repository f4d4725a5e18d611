/**
 * DeleteAttachment. The message stands in the attachment's id.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteattachment-operation
 * @see https://learn.microsoft.com/graph/api/attachment-delete
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { GraphError, leavesOpen } from '../service/graph-error.ts';
import type { MessageHandle } from '../messages/message-traces.ts';
import { messages, type Operation } from '../operation.ts';
import { attachmentTarget, type AttachmentTarget } from '../targets.ts';

export const deleteAttachment: Operation = (context) => {
  const ids = children(child(context.request, 'AttachmentIds'));
  context.sink.items(ids.length);
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const target = await attachmentTarget(context, id);
    if (target.parsed.levels.length > 1)
      throw new ResponseError('ErrorItemNotFound', 'An attachment of an attached message cannot be deleted.');
    await remove(target);
    const { calls } = target.scope;
    const message = await calls.get<MessageHandle>(target.messagePath, { $select: 'id,changeKey' });
    const rootItemId = toEwsAlphabet(message.id);
    return xml`<m:RootItemId RootItemId="${rootItemId}" RootItemChangeKey="${message.changeKey}"/>`;
  };
  return messages('DeleteAttachment', ids, 'attachment', handle, { writes: true });
};

/** A deletion that gave no answer, and whose attachment is then not found, was carried out. */
async function remove(target: AttachmentTarget): Promise<void> {
  const { scope, messagePath, segment } = target;
  const path = `${messagePath}/attachments/${segment}`;
  let isUnclear = false;
  for (;;) {
    try {
      return await scope.calls.delete(path);
    } catch (error) {
      if (error instanceof GraphError && error.status === 404) {
        if (isUnclear) return;
        throw await missing(target, error);
      }
      if (isUnclear || !leavesOpen(error)) throw error;
      isUnclear = true;
    }
  }
}

/** Which of the two is not there. */
async function missing({ scope, messagePath }: AttachmentTarget, error: GraphError): Promise<Error> {
  try {
    await scope.calls.get(messagePath, { $select: 'id' });
    return new ResponseError('ErrorInvalidAttachmentId', 'The specified attachment could not be found.');
  } catch {
    return error;
  }
}
