/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/syncfolderitems-operation */
import { child, children, textAt } from '../../../ews/element.ts';
import { isAtLeast } from '../../../ews/properties/versions.ts';
import { element, trustedMarkup, xml, type XmlFragment } from '../../../ews/xml.ts';
import { folderIn } from '../ids.ts';
import { answerEach, type Operation, type OperationContext } from '../operation.ts';
import { changesOfFolder, readSyncState, syncState, type ItemChange } from '../sync-state.ts';
import { itemElement, itemView, type ItemView } from '../views.ts';

export const syncFolderItems: Operation = {
  name: 'SyncFolderItems',
  answer: (context) => {
    const { request, mailbox } = context;
    return answerEach('SyncFolderItems', [request], async () => {
      const view = itemView(context, true);
      const folder = folderIn(context, 'SyncFolderId', 'ErrorSyncFolderNotFound');
      const since = readSyncState(mailbox, folder.id, textAt(request, 'SyncState'));
      const ignored = new Set(children(child(request, 'Ignore')).map(({ attributes }) => attributes.get('Id')));
      const all = changesOfFolder(mailbox, folder.id, since);
      const taken = all.slice(0, Number(textAt(request, 'MaxChangesReturned') ?? 512));
      const complete = taken.length === all.length;
      const changes: XmlFragment[] = [];
      for (const change of taken) if (!ignored.has(change.id)) changes.push(await written(context, change, view));
      // A first synchronisation ends where it began: what happened meanwhile comes with the next.
      const known = since?.arrived === undefined ? mailbox.changes.head : since.seen;
      const state = syncState(folder.id, (complete ? undefined : (taken.at(-1)?.after ?? since)) ?? { seen: known });
      const last = xml`<m:IncludesLastItemInRange>${complete}</m:IncludesLastItemInRange>`;
      return xml`<m:SyncState>${state}</m:SyncState>${last}<m:Changes>${changes}</m:Changes>`;
    });
  },
};

async function written(
  { mailbox, version }: OperationContext,
  { kind, id, item }: ItemChange,
  view: ItemView,
): Promise<XmlFragment> {
  if (item === undefined) return xml`<t:Delete><t:ItemId Id="${id}"/></t:Delete>`;
  // @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/readflagchange
  if (kind === 'ReadFlagChange' && isAtLeast(version, 'Exchange2010')) {
    const itemId = xml`<t:ItemId Id="${id}" ChangeKey="${item.changeKey}"/>`;
    return element('ReadFlagChange', [itemId, element('IsRead', item.isRead)]);
  }
  const name = kind === 'Create' ? 'Create' : 'Update';
  return trustedMarkup(`<t:${name}>${await itemElement(mailbox, item, view)}</t:${name}>`);
}
