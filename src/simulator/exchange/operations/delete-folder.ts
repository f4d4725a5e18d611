/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deletefolder-operation */
import { NO_XML } from '../../../ews/xml.ts';
import type { DeleteMode } from '../../mailbox/types.ts';
import { folderOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';

/** DisposalType as mailboxes name it. */
export const DELETE_MODES: Readonly<Record<string, DeleteMode>> = {
  HardDelete: 'hard',
  MoveToDeletedItems: 'moveToDeletedItems',
  SoftDelete: 'soft',
};

export const deleteFolder: Operation = {
  name: 'DeleteFolder',
  answer: (context) =>
    answerEach('DeleteFolder', listOf(context, 'FolderIds'), (id) => {
      const mode = DELETE_MODES[context.request.attributes.get('DeleteType') ?? ''] ?? 'soft';
      context.mailbox.deleteFolder(folderOf(context, id).id, mode);
      return NO_XML;
    }),
};
