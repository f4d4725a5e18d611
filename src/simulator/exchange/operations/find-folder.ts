/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/findfolder-operation */
import { xml } from '../../../ews/xml.ts';
import { folderOf, listOf } from '../ids.ts';
import { answerEach, type Operation } from '../operation.ts';
import { folderFilter, pageOf } from '../queries.ts';
import { folderElement, folderView } from '../views.ts';

export const findFolder: Operation = {
  name: 'FindFolder',
  answer: (context) => {
    const { request, mailbox } = context;
    return answerEach('FindFolder', listOf(context, 'ParentFolderIds'), (id) => {
      const { folders } = mailbox;
      const wanted = folderView(context);
      const parent = folderOf(context, id).id;
      const traversal = request.attributes.get('Traversal');
      // Since Exchange 2010 deleted folders lie in Recoverable Items, and none is found so.
      const all =
        traversal === 'SoftDeleted'
          ? []
          : traversal === 'Deep'
            ? folders.descendants(parent)
            : folders.children(parent);
      const page = pageOf(request, all.filter(folderFilter(mailbox, request)));
      return xml`<m:RootFolder IndexedPagingOffset="${page.indexedOffset}" NumeratorOffset="${page.numerator}"
        AbsoluteDenominator="${page.denominator}" TotalItemsInView="${page.total}"
        IncludesLastItemInRange="${page.includesLast}"><t:Folders>${page.entries.map((folder) =>
          folderElement(mailbox, folder, wanted),
        )}</t:Folders></m:RootFolder>`;
    });
  },
};
