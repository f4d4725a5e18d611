/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deleteattachment-operation */
import { xml } from '../../../ews/xml.ts';
import { attachmentOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';

export const deleteAttachment: Operation = {
  name: 'DeleteAttachment',
  answer: (context) =>
    answerEach('DeleteAttachment', listOf(context, 'AttachmentIds'), (id) => {
      const item = context.mailbox.removeAttachment(attachmentOf(context, id).id);
      return xml`<m:RootItemId RootItemId="${item.id}" RootItemChangeKey="${item.changeKey}"/>`;
    }),
};
