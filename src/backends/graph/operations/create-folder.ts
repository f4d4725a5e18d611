/**
 * CreateFolder. Clients create "Processed" without looking, and expect ErrorFolderExists.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createfolder-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-post-childfolders
 */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { leavesOpen, mayBeUnderWay } from '../service/graph-error.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { folderIdElement } from '../folders/folder-element.ts';
import { FOLDER_CLASS, MADE_WITHOUT_CLASS } from '../folders/folder-facts.ts';
import { onlyFolder, type FolderTarget } from '../targets.ts';

export interface CreatedFolder {
  readonly id: string;
  readonly parentFolderId: string;
  readonly displayName: string;
}

export const createFolder: Operation = (context) => {
  const handle = async (folder: EwsElement): Promise<XmlFragment> => {
    // What is wrong with the parent is the error of each folder, as in EWS.
    const parent = await onlyFolder(context, 'ParentFolderId');
    if (parent.isRoot) throw new ResponseError('ErrorAccessDenied', 'No folder can be created in the root.');
    return xml`<m:Folders>${folderIdElement(await create(context, parent, folder))}</m:Folders>`;
  };
  return messages('CreateFolder', children(child(context.request, 'Folders')), 'folder', handle, { writes: true });
};

/**
 * Creates a folder as a request describes it.
 *
 * @throws ResponseError where it is no folder for mail, GraphError ErrorFolderExists
 */
export async function create(
  { capabilities }: OperationContext,
  { scope, segment }: Pick<FolderTarget, 'scope' | 'segment'>,
  folder: EwsElement,
): Promise<CreatedFolder> {
  const displayName = textAt(folder, 'DisplayName') ?? '';
  if (displayName === '')
    throw new ResponseError('ErrorFolderSave', 'A folder needs a display name (folder:DisplayName).');
  const folderClass = textAt(folder, 'FolderClass');
  if (folder.localName !== 'Folder' || !/^IPF(?:\.Note|\.Imap|$)/.test(folderClass ?? 'IPF.Note'))
    throw new ResponseError(
      'ErrorInvalidOperation',
      'Through Microsoft Graph only folders for mail can be created (class IPF.Note).',
    );
  const body = {
    displayName,
    ...(folderClass === 'IPF.Note' || !capabilities.folderExtendedProperties
      ? {}
      : { singleValueExtendedProperties: [classProperty(folderClass)] }),
  };
  const post = (): Promise<CreatedFolder> => scope.calls.post(`/mailFolders/${segment}/childFolders`, body);
  try {
    return { ...(await post()), displayName };
  } catch (error) {
    // No folder is made twice: where it is there after a call without an answer, the second says that it exists.
    if (!leavesOpen(error) || mayBeUnderWay(error)) throw error;
    return { ...(await post()), displayName };
  }
}

function classProperty(folderClass: string | undefined): { readonly id: string; readonly value: string } {
  return folderClass === undefined
    ? { id: MADE_WITHOUT_CLASS, value: 'true' }
    : { id: FOLDER_CLASS, value: folderClass };
}
