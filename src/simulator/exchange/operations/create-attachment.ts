/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createattachment-operation */
import { child } from '../../../ews/element.ts';
import { createdAttachment } from '../../../ews/attachment-writer.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { changeKeyOf, itemOf, listOf } from '../ids.ts';
import { newAttachment } from '../new-item.ts';
import { answerEach, type Operation } from '../operation.ts';

export const createAttachment: Operation = {
  name: 'CreateAttachment',
  answer: (context) => {
    const { mailbox, request } = context;
    const parent = child(request, 'ParentItemId');
    let isFirst = true;
    return answerEach('CreateAttachment', listOf(context, 'Attachments'), async (element) => {
      const before = itemOf(context, parent);
      const key = changeKeyOf(parent);
      // Inferred: a stale key is refused as UpdateItem refuses it, but those after the first follow our own change.
      if (isFirst && key !== undefined && key !== before.changeKey)
        throw new ResponseError('ErrorIrresolvableConflict', 'The change key is not the current one of the item.');
      isFirst = false;
      const { item, attachments } = mailbox.addAttachments(before.id, [await newAttachment(mailbox, element)]);
      const [added] = attachments;
      if (added === undefined) throw new ResponseError('ErrorItemSave', 'The attachment was not saved.');
      const id = { id: added.id, rootItemId: item.id, rootItemChangeKey: item.changeKey };
      return xml`<m:Attachments>${createdAttachment(added.kind, id)}</m:Attachments>`;
    });
  },
};
