/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getfolder-operation */
import { xml } from '../../../ews/xml.ts';
import { folderOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { folderElement, folderView } from '../views.ts';

export const getFolder: Operation = {
  name: 'GetFolder',
  answer: (context) =>
    answerEach('GetFolder', listOf(context, 'FolderIds'), (id) => {
      const folder = folderOf(context, id);
      return xml`<m:Folders>${folderElement(context.mailbox, folder, folderView(context))}</m:Folders>`;
    }),
};
