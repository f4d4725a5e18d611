/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/moveitem-operation */
import { textAt } from '../../../ews/element.ts';
import { xml } from '../../../ews/xml.ts';
import { folderIn, itemOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { idsOnly, itemsOf } from '../views.ts';

export const moveItem: Operation = {
  name: 'MoveItem',
  answer: (context) => {
    const { mailbox, request, version } = context;
    const isSilent = /^(?:false|0)$/.test(textAt(request, 'ReturnNewItemIds') ?? '');
    return answerEach('MoveItem', listOf(context, 'ItemIds'), async (id) => {
      const target = folderIn(context, 'ToFolderId', 'ErrorToFolderNotFound');
      const item = mailbox.move(itemOf(context, id).id, target.id);
      return isSilent ? xml`<m:Items/>` : itemsOf(mailbox, item, idsOnly(version));
    });
  },
};
