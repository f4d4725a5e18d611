/**
 * CreateFolder. Clients create "Processed" without looking, and expect ErrorFolderExists.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createfolder-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-post-childfolders
 */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { folderChangeKey, FOLDER_CLASS } from '../folder-facts.ts';
import { onlyFolder } from '../targets.ts';

export const createFolder: Operation = (context) => {
  const handle = async (folder: EwsElement): Promise<XmlFragment> => {
    // What is wrong with the parent is the error of each folder, as in EWS.
    const parent = await onlyFolder(context, 'ParentFolderId');
    if (parent.isRoot) throw new ResponseError('ErrorAccessDenied', 'No folder can be created in the root.');
    return create(context, parent, folder);
  };
  return messages('CreateFolder', children(child(context.request, 'Folders')), 'folder', handle, { writes: true });
};

async function create(
  { capabilities }: OperationContext,
  { scope, segment }: Awaited<ReturnType<typeof onlyFolder>>,
  folder: EwsElement,
): Promise<XmlFragment> {
  const displayName = textAt(folder, 'DisplayName') ?? '';
  if (displayName === '')
    throw new ResponseError('ErrorFolderSave', 'A folder needs a display name (folder:DisplayName).');
  const folderClass = textAt(folder, 'FolderClass') ?? 'IPF.Note';
  if (folder.localName !== 'Folder' || !/^IPF(?:\.Note|\.Imap|$)/.test(folderClass))
    throw new ResponseError(
      'ErrorInvalidOperation',
      'Through Microsoft Graph only folders for mail can be created (class IPF.Note).',
    );
  const created = await scope.calls.post<{ readonly id: string; readonly parentFolderId: string }>(
    `/mailFolders/${segment}/childFolders`,
    {
      displayName,
      ...(folderClass === 'IPF.Note' || !capabilities.folderExtendedProperties
        ? {}
        : { singleValueExtendedProperties: [{ id: FOLDER_CLASS, value: folderClass }] }),
    },
  );
  const id = toEwsAlphabet(created.id);
  const changeKey = folderChangeKey({ ...created, displayName });
  return xml`<m:Folders><t:Folder><t:FolderId Id="${id}" ChangeKey="${changeKey}"/></t:Folder></m:Folders>`;
}
