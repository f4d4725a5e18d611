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
import { pageView, type PageView } from '../../../ews/paging.ts';
import { ITEM_PROPERTIES } from '../../../ews/properties/elements.ts';
import { assertListed, wantedItemProperties } from '../../../ews/properties/wanted.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { parseRestriction } from '../../../ews/restriction.ts';
import { assertComparable, assertSortable, searchTable } from '../../../ews/searchable.ts';
import { itemShape } from '../../../ews/shape.ts';
import { sortOrder } from '../../../ews/sort-order.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import type { FoundPage, MessageSearch } from '../listing/message-question.ts';
import { findMessages } from '../listing/message-search.ts';
import { messageElement } from '../messages/message-element.ts';
import { messages, once, versionOf, type Operation, type OperationContext } from '../operation.ts';
import { messageProperty } from '../properties/message.ts';
import { folderTarget } from '../targets.ts';

export const findItem: Operation = (context) => {
  const { request } = context;
  const asked = once(() => searchOf(context));
  return messages('FindItem', children(child(request, 'ParentFolderIds')), 'folder', async (id) => {
    const search = asked();
    const target = await folderTarget(context, id);
    // Folder-associated items and the dumpster of a folder are not reached through Graph.
    const isEmpty = target.isRoot || request.attributes.get('Traversal') !== 'Shallow';
    const page = isEmpty ? NOTHING : await findMessages(context, target, search);
    context.prefetch?.listed(
      target.scope,
      page.views.map(({ message }) => message.id),
    );
    const elements = page.views.map((view) => messageElement(view, search.wanted));
    return rootFolder(page, search.view, xml`<t:Items>${elements}</t:Items>`);
  });
};

/** @throws ResponseError for what Exchange refuses, and what Graph has no counterpart of */
function searchOf(context: OperationContext): MessageSearch {
  const { request } = context;
  if (child(request, 'GroupBy') !== undefined || child(request, 'DistinguishedGroupBy') !== undefined)
    throw new ResponseError('ErrorUnsupportedPathForSortGroup', 'Grouping is not available through Microsoft Graph.');
  if (child(request, 'QueryString') !== undefined)
    throw new ResponseError('ErrorInvalidOperation', 'QueryString is not available through Microsoft Graph.');
  const shape = itemShape(child(request, 'ItemShape'));
  assertListed(shape);
  const restriction = parseRestriction(child(request, 'Restriction'));
  const sort = sortOrder(child(request, 'SortOrder'));
  assertComparable(restriction, SERVED);
  assertSortable(sort, SERVED);
  const wanted = wantedItemProperties(shape, { version: versionOf(context), inList: true });
  return { wanted, restriction, sort, view: pageView(request) };
}

/** What Graph has no value of is refused, as what Exchange cannot search. */
const SERVED = searchTable(ITEM_PROPERTIES.filter(({ uri }) => messageProperty(uri) !== undefined));
const NOTHING: FoundPage = { views: [], nextOffset: 0, total: 0, includesLast: true };

function rootFolder({ nextOffset, total, includesLast }: FoundPage, view: PageView, items: XmlFragment): XmlFragment {
  if (view.kind === 'fractional')
    return xml`<m:RootFolder NumeratorOffset="${nextOffset}" AbsoluteDenominator="${Math.max(total, 1)}"
      TotalItemsInView="${total}" IncludesLastItemInRange="${includesLast}">${items}</m:RootFolder>`;
  return xml`<m:RootFolder IndexedPagingOffset="${nextOffset}" TotalItemsInView="${total}"
    IncludesLastItemInRange="${includesLast}">${items}</m:RootFolder>`;
}
