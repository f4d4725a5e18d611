/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/emptyfolder-operation */
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { folderOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { DELETE_MODES } from './delete-folder.ts';

export const emptyFolder: Operation = {
  name: 'EmptyFolder',
  answer: (context) =>
    answerEach('EmptyFolder', listOf(context, 'FolderIds'), (id) => {
      const { request, mailbox } = context;
      const folder = folderOf(context, id);
      // Calendars and search folders cannot be emptied, the page says; root for safety's sake (inferred).
      if (folder.folderClass === 'IPF.Appointment' || folder.isSearchFolder || folder.parentId === undefined)
        throw new ResponseError('ErrorCannotEmptyFolder', 'The folder cannot be emptied.');
      const mode = DELETE_MODES[request.attributes.get('DeleteType') ?? ''] ?? 'soft';
      const withSubfolders = /^(?:true|1)$/.test(request.attributes.get('DeleteSubFolders') ?? '');
      mailbox.emptyFolder(folder.id, mode, { withSubfolders });
      return NO_XML;
    }),
};
