/**
 * Answers to messages: replies and forwards. Graph makes the draft, with the quoted message in it; the new text is put
 * before that.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/replytoitem
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/forwarditem
 * @see https://learn.microsoft.com/graph/api/message-createreply
 */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { escapeXml } from '../../../soap/escape.ts';
import { MessageChanges } from './message-changes.ts';
import { newMessageId, onlyOnce, removingOnFailure, type CreatedMessage } from './message-creation.ts';
import { addProperty } from './new-message.ts';
import type { OperationContext } from '../operation.ts';
import { isDraftAt, itemTarget, type ItemTarget } from '../targets.ts';

interface DraftWithBody extends CreatedMessage {
  readonly body?: { readonly contentType?: string; readonly content?: string } | null;
}

/** The draft's maker at Graph, by the element that asks for it. */
const ACTIONS: Readonly<Record<string, string>> = {
  ReplyToItem: 'createReply',
  ReplyAllToItem: 'createReplyAll',
  ForwardItem: 'createForward',
};

/** Elements that say something of the answer itself, and not of the message it becomes. */
const NO_PROPERTIES: ReadonlySet<string> = new Set(['ReferenceItemId', 'NewBodyContent', 'Body', 'ReceivedBy']);

/** Whether an element of CreateItem's Items asks for an answer to a message. */
export function isResponse({ localName }: EwsElement): boolean {
  return Object.hasOwn(ACTIONS, localName);
}

/** A draft in Drafts, and the message it answers. */
export interface ResponseDraft {
  readonly original: ItemTarget;
  readonly draft: CreatedMessage;
}

/**
 * Makes the draft of an answer.
 *
 * @throws ResponseError, GraphError or GatewayError; no draft is then left
 */
export async function createResponse(context: OperationContext, element: EwsElement): Promise<ResponseDraft> {
  const original = await itemTarget(context, child(element, 'ReferenceItemId'));
  const { scope, segment } = original;
  if (element.localName !== 'ForwardItem' && (await isDraftAt(original)))
    throw new ResponseError('ErrorInvalidReferenceItem', 'A draft cannot be replied to.');
  const changes = new MessageChanges().add({
    properties: { internetMessageId: newMessageId(scope.mailbox.address) },
  });
  for (const property of children(element)) if (!NO_PROPERTIES.has(property.localName)) addProperty(changes, property);
  const said = child(element, 'NewBodyContent') ?? child(element, 'Body');
  const isHtml = said?.attributes.get('BodyType') === 'HTML';
  const action = ACTIONS[element.localName] ?? '';
  const headers = isHtml ? {} : { prefer: 'outlook.body-content-type="text"' };
  const made: DraftWithBody = await onlyOnce(scope, 'drafts', String(changes.member('internetMessageId')), () =>
    scope.calls.post<DraftWithBody>(`/messages/${segment}/${action}`, { message: changes }, { headers }),
  );
  // One that had to be looked for comes without its body.
  const draft = made.body === undefined ? await scope.calls.get<DraftWithBody>(`/messages/${made.id}`) : made;
  if (said === undefined) return { original, draft };
  const withText = await removingOnFailure(context, scope, draft, () =>
    scope.calls.patch<CreatedMessage>(`/messages/${draft.id}`, { body: bodyWith(said.text, isHtml, draft.body) }),
  );
  return { original, draft: withText };
}

/** The new text before what the draft holds, in the form of the draft. */
function bodyWith(text: string, isHtml: boolean, body: DraftWithBody['body']): object {
  const content = body?.content ?? '';
  if (body?.contentType === 'text') return { contentType: 'text', content: `${text}\r\n${content}` };
  const markup = isHtml ? text : text.split(/\r?\n/).map(escapeXml).join('<br>');
  const start = /<body[^>]*>/i.exec(content);
  const at = start === null ? 0 : start.index + start[0].length;
  return { contentType: 'html', content: content.slice(0, at) + markup + content.slice(at) };
}
