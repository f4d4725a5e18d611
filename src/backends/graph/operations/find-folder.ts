/**
 * FindFolder. Graph has no deep traversal and hardly a filter: folders are walked and judged in the gateway.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/findfolder-operation
 * @see https://learn.microsoft.com/graph/api/mailfolder-list-childfolders
 */
import { child, children } from '../../../ews/element.ts';
import { matches } from '../../../ews/matches.ts';
import { pageRange, pageView, type PageView } from '../../../ews/paging.ts';
import { FOLDER_PROPERTIES } from '../../../ews/properties/elements.ts';
import { wantedFolderProperties, type WantedFolderProperties } from '../../../ews/properties/wanted.ts';
import { extendedFieldsIn, parseRestriction, type Restriction } from '../../../ews/restriction.ts';
import { assertComparable, searchTable } from '../../../ews/searchable.ts';
import { folderShape } from '../../../ews/shape.ts';
import { xml } from '../../../ews/xml.ts';
import { folderElement, folderQuery, folderValues } from '../folders/folder-element.ts';
import { childFolders, descendants } from '../folders/folder-tree.ts';
import { messages, once, versionOf, type Operation, type OperationContext } from '../operation.ts';
import { folderTarget } from '../targets.ts';

export const findFolder: Operation = (context) => {
  const { request, capabilities } = context;
  const asked = once(() => searchOf(context));
  return messages('FindFolder', children(child(request, 'ParentFolderIds')), 'folder', async (id) => {
    const { wanted, restriction, view } = asked();
    const query = folderQuery([...wanted.extended, ...extendedFieldsIn(restriction)], capabilities);
    const target = await folderTarget(context, id);
    const { mailbox } = target.scope;
    const traversal = request.attributes.get('Traversal');
    const list = traversal === 'Deep' ? descendants : childFolders;
    // Deleted folders are not kept apart since Exchange 2010.
    const all = traversal === 'SoftDeleted' ? [] : await list(target, query, capabilities.hiddenFolders);
    const fitting = all.filter(
      (folder) => restriction === undefined || matches(restriction, folderValues(folder, mailbox)),
    );
    const { start, end, nextOffset, includesLast } = pageRange(view, fitting.length);
    const elements = fitting.slice(start, end).map((folder) => folderElement(folder, wanted, mailbox));
    return xml`<m:RootFolder IndexedPagingOffset="${nextOffset}" TotalItemsInView="${fitting.length}"
      IncludesLastItemInRange="${includesLast}"><t:Folders>${elements}</t:Folders></m:RootFolder>`;
  });
};

interface FolderSearch {
  readonly wanted: WantedFolderProperties;
  readonly restriction: Restriction | undefined;
  readonly view: PageView;
}

const FOLDERS = searchTable(FOLDER_PROPERTIES);

/** @throws ResponseError for what Exchange refuses */
function searchOf(context: OperationContext): FolderSearch {
  const { request } = context;
  const restriction = parseRestriction(child(request, 'Restriction'));
  assertComparable(restriction, FOLDERS);
  const wanted = wantedFolderProperties(folderShape(child(request, 'FolderShape')), versionOf(context));
  return { wanted, restriction, view: pageView(request) };
}
