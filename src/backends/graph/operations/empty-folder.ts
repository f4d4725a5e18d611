/**
 * EmptyFolder: message by message, since Graph has no action for it.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/emptyfolder-operation
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { NO_XML, type XmlFragment } from '../../../ews/xml.ts';
import { changeAll } from '../messages/all-messages.ts';
import { deleteBy, deleteFolder, deleteTypeOf, deletionOf, deletionStep } from '../deletion.ts';
import { folderQuery } from '../folders/folder-element.ts';
import { childFolders } from '../folders/folder-tree.ts';
import type { BatchStep } from '../service/batch.ts';
import { isTrue } from '../writing/new-message.ts';
import { messages, type Operation } from '../operation.ts';
import { folderTarget } from '../targets.ts';

export const emptyFolder: Operation = (context) => {
  const { request, capabilities } = context;
  const type = deleteTypeOf(context);
  const withSubfolders = isTrue(request.attributes.get('DeleteSubFolders'));
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const folder = await folderTarget(context, id);
    const { scope, segment } = folder;
    if (folder.isRoot) throw new ResponseError('ErrorCannotEmptyFolder', 'The folder cannot be emptied.');
    const isDeletedItems = folder.id === scope.mailbox.folders.get('deleteditems');
    await deleteBy(deletionOf(context, scope, type, isDeletedItems), async (deletion) => {
      const stepFor = (message: string): BatchStep => deletionStep(message, deletion);
      await changeAll(context, scope, segment, { $select: ['id'], stepFor });
    });
    if (!withSubfolders) return NO_XML;
    const below = await childFolders(folder, folderQuery([], capabilities), capabilities.hiddenFolders);
    for (const { id: graphId } of below) {
      const subfolder = { scope, id: toEwsAlphabet(graphId), segment: graphId, isRoot: false };
      if (!scope.mailbox.names.has(subfolder.id)) await deleteFolder(context, subfolder, type);
    }
    return NO_XML;
  };
  return messages('EmptyFolder', children(child(request, 'FolderIds')), 'folder', handle, { writes: true });
};
