/**
 * UpdateFolder: the name and extended properties; Graph lets nothing else of a folder be changed.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/updatefolder-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-update
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { extendedField } from '../../../ews/extended-field.ts';
import { fieldIn } from '../../../ews/field.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { folderIdElement, folderQuery } from '../folders/folder-element.ts';
import { MessageChanges } from '../writing/message-changes.ts';
import { messages, type Operation, type OperationContext } from '../operation.ts';
import { FOLDER_PROPERTIES, type GraphFolder } from '../properties/folder.ts';
import { folderAs, isDistinguished, type FolderTarget } from '../targets.ts';

export const updateFolder: Operation = (context) => {
  const handle = async (change: EwsElement): Promise<XmlFragment> => {
    const folder = await folderAs(context, children(change)[0], 'ErrorItemNotFound');
    const changes = new MessageChanges();
    for (const update of children(child(change, 'Updates'))) await addChange(context, folder, changes, update);
    if (isDistinguished(folder) && changes.member('displayName') !== undefined)
      throw new ResponseError('ErrorAccessDenied', 'A distinguished folder cannot be renamed.');
    const changed = changes.isEmpty ? await read(context, folder) : await patch(folder, changes);
    return xml`<m:Folders>${folderIdElement(changed)}</m:Folders>`;
  };
  // Exchange calls a folder that is gone an item here.
  return messages('UpdateFolder', children(child(context.request, 'FolderChanges')), 'item', handle, { writes: true });
};

function patch({ scope, segment, isRoot }: FolderTarget, changes: MessageChanges): Promise<GraphFolder> {
  if (isRoot) throw new ResponseError('ErrorAccessDenied', 'The root folder cannot be changed.');
  return scope.calls.patch<GraphFolder>(`/mailFolders/${segment}`, changes);
}

function read({ capabilities }: OperationContext, { scope, segment }: FolderTarget): Promise<GraphFolder> {
  return scope.calls.get<GraphFolder>(`/mailFolders/${segment}`, folderQuery([], capabilities));
}

async function addChange(
  context: OperationContext,
  folder: FolderTarget,
  changes: MessageChanges,
  update: EwsElement,
): Promise<void> {
  const field = fieldIn(update);
  if (update.localName === 'AppendToFolderField')
    throw new ResponseError('ErrorInvalidPropertyAppend', 'The property does not support appending.');
  if (update.localName === 'DeleteFolderField') {
    if (field.kind === 'extended') changes.addExtended(field, undefined);
    else if (field.uri === 'folder:FolderClass') await assertClass(context, folder, '');
    // Graph knows no permissions of folders, so that there are none to delete.
    else if (field.uri !== 'folder:PermissionSet')
      throw new ResponseError('ErrorInvalidPropertyDelete', 'The property does not support deleting.');
    return;
  }
  const [value, ...more] = children(children(update)[1]);
  if (value === undefined || more.length > 0)
    throw new ResponseError('ErrorIncorrectUpdatePropertyCount', 'One property must be set.');
  if (field.kind === 'extended') {
    const uri = child(value, 'ExtendedFieldURI');
    if (uri === undefined || extendedField(uri).key !== field.key) throw mismatch();
    changes.addExtended(field, value);
  } else if (field.uri === 'folder:FolderClass') await assertClass(context, folder, value.text);
  else if (field.uri !== 'folder:DisplayName')
    throw new ResponseError('ErrorInvalidPropertySet', `Set action is invalid for property ${field.uri}.`);
  else if (value.localName !== 'DisplayName') throw mismatch();
  else changes.add({ properties: { displayName: value.text } });
}

/** The class of a folder stays what it is. @throws ResponseError ErrorObjectTypeChanged */
async function assertClass(context: OperationContext, folder: FolderTarget, wanted: string): Promise<void> {
  const current = FOLDER_PROPERTIES['folder:FolderClass'](await read(context, folder), folder.scope.mailbox);
  if (wanted !== current) throw new ResponseError('ErrorObjectTypeChanged', 'The class of a folder cannot be changed.');
}

function mismatch(): ResponseError {
  return new ResponseError('ErrorUpdatePropertyMismatch', 'The property set is not the one that the path names.');
}
