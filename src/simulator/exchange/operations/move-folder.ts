/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/movefolder-operation */
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml } from '../../../ews/xml.ts';
import { folderIn, folderOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { folderElement, folderIdOnly } from '../views.ts';

export const moveFolder: Operation = {
  name: 'MoveFolder',
  answer: (context) => {
    const { mailbox, version } = context;
    return answerEach('MoveFolder', listOf(context, 'FolderIds'), (id) => {
      const target = folderIn(context, 'ToFolderId', 'ErrorToFolderNotFound');
      const folder = folderOf(context, id);
      if (folder.wellKnownName !== undefined)
        throw new ResponseError('ErrorMoveDistinguishedFolder', 'A distinguished folder cannot be moved.');
      const moved = mailbox.moveFolder(folder.id, target.id);
      return xml`<m:Folders>${folderElement(mailbox, moved, folderIdOnly(version))}</m:Folders>`;
    });
  },
};
