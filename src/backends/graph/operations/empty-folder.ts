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
import {
  deleteFolder,
  deleteTypeOf,
  deletionOf,
  deletionStep,
  refusesRecoverable,
  type MessageDeletion,
} from '../deletion.ts';
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
    const deleteAll = async (deletion: MessageDeletion): Promise<void> => {
      const stepFor = (message: string): BatchStep => deletionStep(message, deletion);
      await changeAll(context, scope, segment, { $select: ['id'], stepFor });
    };
    const deletion = deletionOf(context, scope, type, isDeletedItems);
    try {
      await deleteAll(deletion);
    } catch (error) {
      if (deletion !== 'recoverableitemsdeletions' || !refusesRecoverable(error)) throw error;
      await deleteAll('delete');
    }
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
