/**
 * GetConversationItems: the messages with a conversation's id, in all folders.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getconversationitems-operation
 */
import { child, children, textAt, type EwsElement } from '../../../ews/element.ts';
import { toEwsAlphabet, toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import { wantedItemProperties } from '../../../ews/properties/wanted.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { itemShape } from '../../../ews/shape.ts';
import { element, trustedMarkup, xml, type XmlFragment } from '../../../ews/xml.ts';
import { AS_TEXT, bodyReadings } from '../messages/message-bodies.ts';
import { messagePieces, viewOf } from '../messages/message-element.ts';
import type { GraphList } from '../service/mailbox-calls.ts';
import type { MessageQuery } from '../messages/message-query.ts';
import { messages, versionOf, type Operation, type OperationContext, type Scope } from '../operation.ts';
import { withQuery } from '../service/paths.ts';
import type { GraphMessage } from '../properties/graph-property.ts';
import { MESSAGE_PROPERTIES } from '../properties/message.ts';
import { conversationTarget, folderTarget } from '../targets.ts';
import { queryFor } from './get-item.ts';

/** Messages of one conversation that are given at most. */
const MOST = 100;
/** More are not sorted. */
const MOST_LISTED = 1_000;

interface Row {
  readonly id: string;
  readonly parentFolderId: string;
  readonly receivedDateTime: string;
}

export const getConversationItems: Operation = (context) => {
  const conversations = children(child(context.request, 'Conversations'));
  const handle = async (wanted: EwsElement): Promise<XmlFragment> => {
    const { scope, id } = await conversationTarget(context, child(wanted, 'ConversationId'));
    const nodes = await nodesOf(context, scope, await rowsOf(context, scope, id));
    return xml`<m:Conversation><t:ConversationId Id="${id}"/>${element('ConversationNodes', nodes)}</m:Conversation>`;
  };
  return messages('GetConversationItems', conversations, 'item', handle);
};

/** Which messages, in the order of the answer. @throws ResponseError ErrorItemNotFound where there are none */
async function rowsOf(context: OperationContext, { calls }: Scope, id: string): Promise<Row[]> {
  const { request } = context;
  const targets = children(child(request, 'FoldersToIgnore')).map((folder) => folderTarget(context, folder));
  const ignored = new Set((await Promise.all(targets)).map((folder) => folder.id));
  const rows: Row[] = [];
  let page = await calls.get<GraphList<Row>>('/messages', {
    $filter: `conversationId eq '${toGraphAlphabet(id)}'`,
    $select: 'id,parentFolderId,receivedDateTime',
    $top: 250,
  });
  for (;;) {
    rows.push(...page.value.filter(({ parentFolderId }) => !ignored.has(toEwsAlphabet(parentFolderId))));
    const link = page['@odata.nextLink'];
    if (link === undefined || rows.length > MOST_LISTED) break;
    page = await calls.next<Row>(link);
  }
  if (rows.length === 0)
    throw new ResponseError('ErrorItemNotFound', 'The specified object was not found in the store.');
  const oldestFirst = rows.toSorted((a, b) => (a.receivedDateTime < b.receivedDateTime ? -1 : 1));
  const sorted = textAt(request, 'SortOrder') === 'TreeOrderDescending' ? oldestFirst.toReversed() : oldestFirst;
  const limit = Number(textAt(request, 'MaxItemsToReturn') ?? MOST);
  return sorted.slice(0, Number.isInteger(limit) && limit > 0 ? Math.min(limit, MOST) : MOST);
}

/** A node for each message. Content by MIME is not given here. */
async function nodesOf(context: OperationContext, { calls }: Scope, rows: readonly Row[]): Promise<XmlFragment[]> {
  const shape = itemShape(child(context.request, 'ItemShape'));
  const wanted = wantedItemProperties(shape, { version: versionOf(context), inList: false });
  const query = queryFor(context, wanted, ['message:InternetMessageId', 'item:InReplyTo']);
  const { prefer, asText } = bodyReadings(wanted, shape);
  const read = ({ $select, $expand }: MessageQuery, preference: string | undefined) =>
    calls.batch<GraphMessage>(
      rows.map(({ id }) => ({
        method: 'GET',
        path: withQuery(`/messages/${id}`, { $select, $expand }),
        ...(preference === undefined ? {} : { headers: { prefer: preference } }),
      })),
    );
  const results = await read(query, prefer);
  const texts = asText ? await read({ $select: 'id,body', $expand: undefined }, AS_TEXT) : [];
  return results.flatMap((result, index) => {
    // One that went away meanwhile is no part of the conversation any more.
    if ('error' in result) {
      if (result.error.status === 404) return [];
      throw result.error;
    }
    const text = texts[index];
    const view = viewOf(result.value, text !== undefined && 'value' in text ? text.value : undefined);
    const markup = messagePieces(view, wanted, { shape }).join('');
    return element('ConversationNode', [
      element('InternetMessageId', MESSAGE_PROPERTIES['message:InternetMessageId'].read(view)),
      parentOf(MESSAGE_PROPERTIES['item:InReplyTo'].read(view)),
      element('Items', trustedMarkup(markup)),
    ]);
  });
}

function parentOf(inReplyTo: string | undefined): XmlFragment | undefined {
  return inReplyTo === undefined ? undefined : element('ParentInternetMessageId', inReplyTo);
}
