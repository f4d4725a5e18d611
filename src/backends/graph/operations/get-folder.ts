/**
 * GetFolder.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getfolder-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-get
 */
import { child, children } from '../../../ews/element.ts';
import { wantedFolderProperties } from '../../../ews/properties/wanted.ts';
import { folderShape } from '../../../ews/shape.ts';
import { xml } from '../../../ews/xml.ts';
import { folderElement, folderQuery } from '../folders/folder-element.ts';
import { messages, once, versionOf, type Operation } from '../operation.ts';
import type { GraphFolder } from '../properties/folder.ts';
import { openedFolder } from '../targets.ts';

export const getFolder: Operation = (context) => {
  const { request, capabilities } = context;
  const asked = once(() => wantedFolderProperties(folderShape(child(request, 'FolderShape')), versionOf(context)));
  return messages('GetFolder', children(child(request, 'FolderIds')), 'folder', async (id) => {
    const wanted = asked();
    const query = folderQuery(wanted.extended, capabilities);
    const { scope, segment, shown } = await openedFolder(context, id);
    const folder = shown ?? (await scope.calls.get<GraphFolder>(`/mailFolders/${segment}`, query));
    return xml`<m:Folders>${folderElement(folder, wanted, scope.mailbox)}</m:Folders>`;
  });
};
