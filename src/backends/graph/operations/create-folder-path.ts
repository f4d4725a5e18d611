/**
 * CreateFolderPath: folders one in the other; those that are there already are taken.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createfolderpath-operation
 */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { folderIdElement } from '../folders/folder-element.ts';
import { GraphError } from '../service/graph-error.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { folderIn, type FolderTarget } from '../targets.ts';
import { create, type CreatedFolder } from './create-folder.ts';

type Parent = Pick<FolderTarget, 'scope' | 'segment'>;

export const createFolderPath: Operation = (context) => {
  let within: Parent | undefined;
  const handle = async (element: EwsElement): Promise<XmlFragment> => {
    const parent = within ?? (await start(context));
    const folder = await createOrFind(context, parent, element);
    within = { scope: parent.scope, segment: folder.id };
    return xml`<m:Folders>${folderIdElement(folder)}</m:Folders>`;
  };
  const path = children(child(context.request, 'RelativeFolderPath'));
  return messages('CreateFolderPath', path, 'folder', handle, { writes: true });
};

async function start(context: OperationContext): Promise<Parent> {
  const parent = await folderIn(context, 'ParentFolderId', 'ErrorParentFolderNotFound');
  if (parent.isRoot) throw new ResponseError('ErrorAccessDenied', 'No folder can be created in the root.');
  return parent;
}

async function createOrFind(context: OperationContext, parent: Parent, element: EwsElement): Promise<CreatedFolder> {
  try {
    return await create(context, parent, element);
  } catch (error) {
    if (!(error instanceof GraphError) || error.code !== 'ErrorFolderExists') throw error;
    const name = textAt(element, 'DisplayName') ?? '';
    const { value } = await parent.scope.calls.get<GraphList<CreatedFolder>>(
      `/mailFolders/${parent.segment}/childFolders`,
      { $filter: `displayName eq '${name.replaceAll("'", "''")}'`, $select: 'id,parentFolderId,displayName', $top: 10 },
    );
    const [found] = value;
    if (found === undefined) throw error;
    return found;
  }
}
