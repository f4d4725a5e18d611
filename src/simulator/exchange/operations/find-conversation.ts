/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/findconversation-operation */
import { element, xml, dateTime, type XmlFragment } from '../../../ews/xml.ts';
import { hasAttachments, type Item } from '../../mailbox/types.ts';
import { folderIn } from '../ids.ts';
import type { Operation } from '../operation.ts';
import { pageOf } from '../queries.ts';
import { querystringFilter } from '../query-string.ts';
import { rawText } from '../item-input.ts';

/** Conversations with items in a folder, the one with the latest item first. */
export const findConversation: Operation = {
  name: 'FindConversation',
  isMessage: true,
  answer: (context) => {
    const { mailbox, request } = context;
    const items = mailbox.items
      .list(folderIn(context, 'ParentFolderId').id)
      .filter(querystringFilter(rawText(request, 'QueryString')));
    const all = [...Map.groupBy(items, ({ conversationId }) => conversationId)];
    const { entries, total, indexedOffset = 0 } = pageOf(request, all);
    const conversations = entries.map(([id, members]) => conversation(id, members));
    const count = xml`<m:TotalConversationsInView>${total}</m:TotalConversationsInView>`;
    const offset = xml`<m:IndexedOffset>${indexedOffset}</m:IndexedOffset>`;
    return xml`<m:Conversations>${conversations}</m:Conversations>${count}${offset}`;
  },
};

function conversation(id: string, items: readonly Item[]): XmlFragment {
  const senders = [...new Set(items.flatMap(({ from }) => (from === undefined ? [] : [from.name || from.address])))];
  const names = element(
    'UniqueSenders',
    senders.map((name) => element('String', name)),
  );
  const unread = items.filter(({ isRead }) => !isRead).length;
  const size = items.reduce((sum, item) => sum + item.size, 0);
  const ids = items.map((item) => xml`<t:ItemId Id="${item.id}" ChangeKey="${item.changeKey}"/>`);
  return element('Conversation', [
    xml`<t:ConversationId Id="${id}"/>`,
    element('ConversationTopic', items[0]?.conversationTopic ?? ''),
    senders.length === 0 ? undefined : names,
    element('LastDeliveryTime', dateTime(items[0]?.receivedAt ?? new Date(0))),
    element('HasAttachments', items.some(hasAttachments)),
    element('MessageCount', items.length),
    element('UnreadCount', unread),
    element('Size', size),
    element('ItemIds', ids),
  ]);
}
