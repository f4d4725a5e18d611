/**
 * DeleteFolder.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/deletefolder-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-delete
 */
import { child, children } from '../../../ews/element.ts';
import { NO_XML } from '../../../ews/xml.ts';
import { deleteFolder as remove, deleteTypeOf } from '../deletion.ts';
import { messages, type Operation } from '../operation.ts';
import { folderTarget } from '../targets.ts';

export const deleteFolder: Operation = (context) => {
  const type = deleteTypeOf(context);
  const ids = children(child(context.request, 'FolderIds'));
  return messages(
    'DeleteFolder',
    ids,
    'folder',
    async (id) => {
      await remove(context, await folderTarget(context, id), type);
      return NO_XML;
    },
    { writes: true },
  );
};
