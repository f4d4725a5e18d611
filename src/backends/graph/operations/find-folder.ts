/**
 * FindFolder. Graph has no deep traversal and hardly a filter: folders are walked and judged in the gateway.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/findfolder-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-list-childfolders
 */
import { child, children } from '../../../ews/element.ts';
import type { ExtendedField } from '../../../ews/extended-field.ts';
import { matches } from '../../../ews/matches.ts';
import { pageRange, pageView } from '../../../ews/paging.ts';
import { wantedFolderProperties } from '../../../ews/properties/wanted.ts';
import { extendedFieldsIn, parseRestriction } from '../../../ews/restriction.ts';
import { folderShape } from '../../../ews/shape.ts';
import { xml } from '../../../ews/xml.ts';
import { folderElement, folderQuery, folderValues } from '../folders/folder-element.ts';
import { childFolders, descendants } from '../folders/folder-tree.ts';
import { messages, versionOf, type Operation } from '../operation.ts';
import { folderTarget } from '../targets.ts';

export const findFolder: Operation = (context) => {
  const { request, capabilities } = context;
  const wanted = wantedFolderProperties(folderShape(child(request, 'FolderShape')), versionOf(context));
  const restriction = parseRestriction(child(request, 'Restriction'));
  const view = pageView(request);
  const traversal = request.attributes.get('Traversal');
  const extended: ExtendedField[] = [...wanted.extended, ...extendedFieldsIn(restriction)];
  const query = folderQuery(extended, capabilities);
  return messages('FindFolder', children(child(request, 'ParentFolderIds')), 'folder', async (id) => {
    const target = await folderTarget(context, id);
    const { mailbox } = target.scope;
    const hidden = capabilities.hiddenFolders;
    const list = traversal === 'Deep' ? descendants : childFolders;
    // Deleted folders are not kept apart since Exchange 2010.
    const all = traversal === 'SoftDeleted' ? [] : await list(target, query, hidden);
    const fitting = all.filter(
      (folder) => restriction === undefined || matches(restriction, folderValues(folder, mailbox)),
    );
    const { start, end, nextOffset, includesLast } = pageRange(view, fitting.length);
    const elements = fitting.slice(start, end).map((folder) => folderElement(folder, wanted, mailbox));
    return xml`<m:RootFolder IndexedPagingOffset="${nextOffset}" TotalItemsInView="${fitting.length}"
      IncludesLastItemInRange="${includesLast}"><t:Folders>${elements}</t:Folders></m:RootFolder>`;
  });
};
