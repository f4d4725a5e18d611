/**
 * FindConversation: Graph has no conversations, so that the folder's messages are listed and put together here.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/findconversation-operation
 */
import { child } from '../../../ews/element.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { pageRange, pageView } from '../../../ews/paging.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { dateTime, element, xml, type XmlFragment } from '../../../ews/xml.ts';
import { viewOf } from '../messages/message-element.ts';
import { listMessages } from '../listing/message-list.ts';
import { messageQuery } from '../messages/message-query.ts';
import { pageSize } from '../listing/message-question.ts';
import { wholeMessage, type Operation, type OperationContext } from '../operation.ts';
import type { GraphMessage, MessageView } from '../properties/graph-property.ts';
import { MESSAGE_PROPERTIES } from '../properties/message.ts';
import { folderIn, type FolderTarget } from '../targets.ts';

/** More are not put together: the answer would come too late. */
const MOST_MESSAGES = 20_000;
const PAGE = 250;
const READ = [
  'message:ConversationTopic',
  'message:From',
  'message:IsRead',
  'item:ConversationId',
  'item:DateTimeReceived',
  'item:HasAttachments',
  'item:Size',
] as const;

export const findConversation: Operation = (context) =>
  wholeMessage('folder', async () => {
    const { request } = context;
    if (child(request, 'QueryString') !== undefined)
      throw new ResponseError('ErrorInvalidOperation', 'Conversations cannot be searched through Microsoft Graph.');
    const view = pageView(request);
    const folder = await folderIn(context, 'ParentFolderId', 'ErrorFolderNotFound');
    const all = [...Map.groupBy(await messagesOf(context, folder), ({ conversationId }) => conversationId ?? '')];
    const { start, end, nextOffset } = pageRange(view, all.length);
    const shown = all.slice(start, end).map(([id, messages]) => conversationElement(id, messages));
    const count = xml`<m:TotalConversationsInView>${all.length}</m:TotalConversationsInView>`;
    return xml`<m:Conversations>${shown}</m:Conversations>${count}<m:IndexedOffset>${nextOffset}</m:IndexedOffset>`;
  });

/** Newest first. @throws GatewayError where there are too many for the client's patience */
async function messagesOf(
  context: OperationContext,
  { scope, segment, isRoot }: FolderTarget,
): Promise<GraphMessage[]> {
  if (isRoot) return [];
  const query = messageQuery({ uris: READ, extended: [] }, context.capabilities);
  const pushed = { condition: undefined, orderBy: 'receivedDateTime', descending: true, exact: true, sorted: true };
  const found: GraphMessage[] = [];
  const options = { calls: scope.calls, folder: segment, query, pushed, top: pageSize(query, PAGE) };
  for await (const page of listMessages(options)) {
    found.push(...page.rows);
    if (found.length > MOST_MESSAGES)
      throw new ResponseError('ErrorExceededFindCountLimit', 'The folder has too many messages to be put together.');
    context.assertPatience();
  }
  return found;
}

function conversationElement(id: string, messages: readonly GraphMessage[]): XmlFragment {
  const views = messages.map((message) => viewOf(message));
  const senders = new Set(views.flatMap((view) => nameOf(view) ?? []));
  const [newest] = views;
  const ids = messages.map(
    (message) => xml`<t:ItemId Id="${toEwsAlphabet(message.id)}" ChangeKey="${message.changeKey ?? undefined}"/>`,
  );
  return element('Conversation', [
    xml`<t:ConversationId Id="${toEwsAlphabet(id)}"/>`,
    element('ConversationTopic', newest && MESSAGE_PROPERTIES['message:ConversationTopic'].read(newest)),
    senders.size === 0
      ? undefined
      : element(
          'UniqueSenders',
          [...senders].map((name) => element('String', name)),
        ),
    element(
      'LastDeliveryTime',
      dateTime((newest && MESSAGE_PROPERTIES['item:DateTimeReceived'].read(newest)) ?? new Date(0)),
    ),
    element(
      'HasAttachments',
      messages.some(({ hasAttachments }) => hasAttachments === true),
    ),
    element('MessageCount', messages.length),
    element('UnreadCount', messages.filter(({ isRead }) => isRead !== true).length),
    element(
      'Size',
      views.reduce((sum, view) => sum + (MESSAGE_PROPERTIES['item:Size'].read(view) ?? 0), 0),
    ),
    element('ItemIds', ids),
  ]);
}

function nameOf(view: MessageView): string | undefined {
  const from = MESSAGE_PROPERTIES['message:From'].read(view);
  return from?.name ?? from?.address;
}
