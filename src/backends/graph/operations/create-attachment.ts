/**
 * CreateAttachment: files and messages for a message that is there already.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createattachment-operation
 * @see https://learn.microsoft.com/graph/api/message-post-attachments
 */
import { createdAttachment } from '../../../ews/attachment-writer.ts';
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { addAttachment } from '../writing/attachment-creation.ts';
import type { MessageHandle } from '../messages/message-traces.ts';
import { newAttachment } from '../writing/new-message.ts';
import { messages, type Operation } from '../operation.ts';
import { itemTarget } from '../targets.ts';

export const createAttachment: Operation = (context) => {
  const { request } = context;
  const attachments = children(child(request, 'Attachments'));
  context.sink.items(attachments.length);
  const handle = async (element: EwsElement): Promise<XmlFragment> => {
    const { scope, segment } = await itemTarget(context, child(request, 'ParentItemId'));
    const attachment = newAttachment(element);
    const id = await addAttachment(context, scope, segment, attachment);
    // Clients send or change the message with this key next.
    const message = await scope.calls.get<MessageHandle>(`/messages/${segment}`, { $select: 'id,changeKey' });
    const created = {
      id: toEwsAlphabet(id),
      rootItemId: toEwsAlphabet(message.id),
      rootItemChangeKey: message.changeKey,
    };
    return xml`<m:Attachments>${createdAttachment(attachment.kind, created)}</m:Attachments>`;
  };
  return messages('CreateAttachment', attachments, 'attachment', handle, { writes: true });
};
