/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getattachment-operation */
import { xml } from '../../../ews/xml.ts';
import { attachmentOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { attachmentElement, itemView } from '../views.ts';

export const getAttachment: Operation = {
  name: 'GetAttachment',
  answer: (context) =>
    answerEach('GetAttachment', listOf(context, 'AttachmentIds'), async (id) => {
      const { attachment } = attachmentOf(context, id);
      const view = itemView(context, false, 'AttachmentShape');
      return xml`<m:Attachments>${await attachmentElement(attachment, view, context.version)}</m:Attachments>`;
    }),
};
