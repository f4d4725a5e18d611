/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getconversationitems-operation */
import { child, children, textAt } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { element, xml, type XmlFragment } from '../../../ews/xml.ts';
import { folderOf, listOf } from '../ids.ts';
import { answerEach, NOT_FOUND, type Operation } from '../operation.ts';
import { itemElement, itemView } from '../views.ts';

/** A node for each message, the oldest first. */
export const getConversationItems: Operation = {
  name: 'GetConversationItems',
  answer: (context) => {
    const { mailbox, request } = context;
    return answerEach('GetConversationItems', listOf(context, 'Conversations'), async (wanted) => {
      const view = itemView(context, false);
      const ignored = new Set(children(child(request, 'FoldersToIgnore')).map((id) => folderOf(context, id).id));
      const id = child(wanted, 'ConversationId')?.attributes.get('Id') ?? '';
      const limit = Number(textAt(request, 'MaxItemsToReturn') ?? 100);
      const items = [...mailbox.folders]
        .filter((folder) => !ignored.has(folder.id))
        .flatMap((folder) => mailbox.items.list(folder.id))
        .filter(({ conversationId }) => conversationId === id)
        .toSorted((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
      if (items.length === 0) throw new ResponseError('ErrorItemNotFound', NOT_FOUND);
      const newestFirst = textAt(request, 'SortOrder') === 'TreeOrderDescending';
      const nodes: XmlFragment[] = [];
      for (const item of (newestFirst ? items.toReversed() : items).slice(0, limit)) {
        const parent = item.inReplyTo === undefined ? undefined : element('ParentInternetMessageId', item.inReplyTo);
        const messageId = element('InternetMessageId', item.internetMessageId);
        const message = element('Items', await itemElement(mailbox, item, view));
        nodes.push(element('ConversationNode', [messageId, parent, message]));
      }
      const state = Buffer.from(`conversation ${mailbox.changes.head}`).toString('base64');
      const content = [element('SyncState', state), xml`<t:ConversationNodes>${nodes}</t:ConversationNodes>`];
      return xml`<m:Conversation><t:ConversationId Id="${id}"/>${content}</m:Conversation>`;
    });
  },
};
