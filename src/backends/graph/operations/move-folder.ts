/**
 * MoveFolder and CopyFolder.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/movefolder-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-move
 * @see https://learn.microsoft.com/graph/api/mailfolder-copy
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { folderIdElement } from '../folders/folder-element.ts';
import { leavesOpen } from '../service/graph-error.ts';
import { messages, type Operation } from '../operation.ts';
import { folderIn, folderTarget, isDistinguished, type FolderTarget } from '../targets.ts';
import type { CreatedFolder } from './create-folder.ts';

export const moveFolder: Operation = (context) => transfer(context, 'MoveFolder', move);
export const copyFolder: Operation = (context) => transfer(context, 'CopyFolder', copy);

type Transfer = (folder: FolderTarget, target: FolderTarget) => Promise<CreatedFolder>;

function transfer(context: Parameters<Operation>[0], name: string, act: Transfer): ReturnType<Operation> {
  const handle = async (id: EwsElement): Promise<XmlFragment> => {
    const target = await folderIn(context, 'ToFolderId', 'ErrorToFolderNotFound');
    if (target.isRoot) throw new ResponseError('ErrorMoveCopyFailed', 'No folder can be put into the root.');
    const folder = await folderTarget(context, id);
    if (isDistinguished(folder))
      throw new ResponseError('ErrorMoveDistinguishedFolder', 'A distinguished folder cannot be moved.');
    if (folder.scope !== target.scope)
      throw new ResponseError('ErrorMoveCopyFailed', 'Microsoft Graph cannot move or copy to another mailbox.');
    return xml`<m:Folders>${folderIdElement(await act(folder, target))}</m:Folders>`;
  };
  return messages(name, children(child(context.request, 'FolderIds')), 'folder', handle, { writes: true });
}

/** A folder that is there already stays: Graph might call it a conflict of names. */
async function move(folder: FolderTarget, target: FolderTarget): Promise<CreatedFolder> {
  const { calls } = folder.scope;
  const before = await look(folder);
  if (toEwsAlphabet(before.parentFolderId) === target.id) return before;
  try {
    return await calls.post<CreatedFolder>(`/mailFolders/${folder.segment}/move`, { destinationId: target.segment });
  } catch (error) {
    if (!leavesOpen(error)) throw error;
    const after = await look(folder);
    if (toEwsAlphabet(after.parentFolderId) !== target.id) throw error;
    return after;
  }
}

/** A copy that gave no answer is not repeated: there would be two. */
function copy({ scope, segment }: FolderTarget, target: FolderTarget): Promise<CreatedFolder> {
  return scope.calls.post<CreatedFolder>(`/mailFolders/${segment}/copy`, { destinationId: target.segment });
}

function look({ scope, segment }: FolderTarget): Promise<CreatedFolder> {
  return scope.calls.get<CreatedFolder>(`/mailFolders/${segment}`, { $select: 'id,parentFolderId,displayName' });
}
