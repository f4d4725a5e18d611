/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createfolderpath-operation */
import { xml } from '../../../ews/xml.ts';
import { folderIn, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { folderElement, folderIdOnly } from '../views.ts';
import { newFolder } from './create-folder.ts';

/** Folders that are there already are taken; each of the path has a message. */
export const createFolderPath: Operation = {
  name: 'CreateFolderPath',
  answer: (context) => {
    const { mailbox, version } = context;
    let parent: string | undefined;
    return answerEach('CreateFolderPath', listOf(context, 'RelativeFolderPath'), (element) => {
      const within = parent ?? folderIn(context, 'ParentFolderId', 'ErrorParentFolderNotFound').id;
      const wanted = newFolder(element);
      const folder = mailbox.folders.childNamed(within, wanted.displayName) ?? mailbox.createFolder(within, wanted);
      parent = folder.id;
      return xml`<m:Folders>${folderElement(mailbox, folder, folderIdOnly(version))}</m:Folders>`;
    });
  },
};
