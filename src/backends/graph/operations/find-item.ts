/**
 * FindItem. What Graph filters and sorts safely it does; everything is judged once more here.
 *
 * An offset is a position in the live view, as in EWS. A client that goes on exactly where its last page ended gets
 * what follows there, although rows were moved away or marked meanwhile.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation
 * @see https://learn.microsoft.com/graph/api/user-list-messages
 */
import { child, children } from '../../../ews/element.ts';
import { inUtc } from '../../../ews/local-dates.ts';
import { pageView, type PageView } from '../../../ews/paging.ts';
import { wantedItemProperties } from '../../../ews/properties/wanted.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { parseRestriction } from '../../../ews/restriction.ts';
import { itemShape } from '../../../ews/shape.ts';
import { sortOrder } from '../../../ews/sort-order.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import type { FoundPage, MessageSearch } from '../listing/message-question.ts';
import { findMessages } from '../listing/message-search.ts';
import { messageElement } from '../messages/message-element.ts';
import { messages, versionOf, type Operation } from '../operation.ts';
import { folderTarget } from '../targets.ts';

export const findItem: Operation = (context) => {
  const { request } = context;
  if (child(request, 'GroupBy') !== undefined || child(request, 'DistinguishedGroupBy') !== undefined)
    throw new ResponseError('ErrorUnsupportedPathForSortGroup', 'Grouping is not available through Microsoft Graph.');
  if (child(request, 'QueryString') !== undefined)
    throw new ResponseError('ErrorInvalidOperation', 'QueryString is not available through Microsoft Graph.');
  const wanted = wantedItemProperties(itemShape(child(request, 'ItemShape')), {
    version: versionOf(context),
    inList: true,
  });
  const search: MessageSearch = {
    wanted,
    restriction: inUtc(parseRestriction(child(request, 'Restriction')), context.timeZone),
    sort: sortOrder(child(request, 'SortOrder')),
    view: pageView(request),
  };
  return messages('FindItem', children(child(request, 'ParentFolderIds')), 'folder', async (id) => {
    const target = await folderTarget(context, id);
    // Folder-associated items and the dumpster of a folder are not reached through Graph.
    const isEmpty = target.isRoot || request.attributes.get('Traversal') !== 'Shallow';
    const page = isEmpty ? NOTHING : await findMessages(context, target, search);
    const elements = page.views.map((view) => messageElement(view, wanted));
    return rootFolder(page, search.view, xml`<t:Items>${elements}</t:Items>`);
  });
};

const NOTHING: FoundPage = { views: [], nextOffset: 0, total: 0, includesLast: true };

function rootFolder({ nextOffset, total, includesLast }: FoundPage, view: PageView, items: XmlFragment): XmlFragment {
  if (view.kind === 'fractional')
    return xml`<m:RootFolder NumeratorOffset="${nextOffset}" AbsoluteDenominator="${Math.max(total, 1)}"
      TotalItemsInView="${total}" IncludesLastItemInRange="${includesLast}">${items}</m:RootFolder>`;
  return xml`<m:RootFolder IndexedPagingOffset="${nextOffset}" TotalItemsInView="${total}"
    IncludesLastItemInRange="${includesLast}">${items}</m:RootFolder>`;
}
