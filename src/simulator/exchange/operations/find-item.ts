/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/finditem-operation */
import { child } from '../../../ews/element.ts';
import { fieldIn } from '../../../ews/field.ts';
import { assertListed } from '../../../ews/properties/wanted.ts';
import { compareBy } from '../../../ews/sort-order.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import type { Item } from '../../mailbox/types.ts';
import { querystringFilter } from '../query-string.ts';
import { folderOf, listOf } from '../ids.ts';
import { answerEach, type Operation, type OperationContext } from '../operation.ts';
import { checkSortable, groupOf, itemFilter, pageOf, sortItems } from '../queries.ts';
import { itemElement, itemView, type ItemView } from '../views.ts';

export const findItem: Operation = {
  name: 'FindItem',
  answer: (context) => {
    const { request, mailbox } = context;
    return answerEach('FindItem', listOf(context, 'ParentFolderIds'), async (id) => {
      const view = itemView(context, true);
      assertListed(view.shape);
      const fits = itemFilter(mailbox, request);
      const found = querystringFilter(child(request, 'QueryString')?.text);
      const folder = folderOf(context, id);
      // No associated items are simulated, and deleted ones lie in Recoverable Items since Exchange 2010.
      const all = request.attributes.get('Traversal') === 'Shallow' ? mailbox.items.list(folder.id) : [];
      const hits = all.filter((item) => fits(item) && found(item));
      const page = pageOf(request, sortItems(mailbox, hits, request));
      const grouping = child(request, 'GroupBy');
      const content =
        grouping === undefined
          ? element('Items', await elements(context, page.entries, view))
          : element('Groups', await groups(context, page.entries, view));
      return xml`<m:RootFolder IndexedPagingOffset="${page.indexedOffset}" NumeratorOffset="${page.numerator}"
        AbsoluteDenominator="${page.denominator}" TotalItemsInView="${page.total}"
        IncludesLastItemInRange="${page.includesLast}">${content}</m:RootFolder>`;
    });
  },
};

async function elements({ mailbox }: OperationContext, items: readonly Item[], view: ItemView): Promise<XmlFragment[]> {
  const written: XmlFragment[] = [];
  for (const item of items) written.push(await itemElement(mailbox, item, view));
  return written;
}

/**
 * Groups in the order of their value.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/groupby
 */
async function groups(context: OperationContext, items: readonly Item[], view: ItemView): Promise<XmlFragment[]> {
  const grouping = child(context.request, 'GroupBy');
  if (grouping === undefined) return [];
  const field = fieldIn(grouping);
  checkSortable(field);
  const byValue = Map.groupBy(items, (item) => groupOf(context.mailbox, item, field));
  const keys = [{ field, descending: grouping.attributes.get('Order') === 'Descending' }];
  const values = [...byValue.keys()].toSorted((a, b) =>
    compareBy(
      keys,
      () => a,
      () => b,
    ),
  );
  const written: XmlFragment[] = [];
  for (const value of values) {
    const members = await elements(context, byValue.get(value) ?? [], view);
    written.push(element('GroupedItems', [element('GroupIndex', value), xml`<t:Items>${members}</t:Items>`]));
  }
  return written;
}
