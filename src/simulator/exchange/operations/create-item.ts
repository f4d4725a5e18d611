/** @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createitem-operation */
import { child, children, type EwsElement } from '../../../ews/element.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import type { ItemState } from '../../mailbox/item-operations.ts';
import type { NewMessage } from '../../mailbox/types.ts';
import { folderOf, listOf } from '../ids.ts';
import { newItem } from '../new-item.ts';
import { answerEach, type Operation, type OperationContext } from '../operation.ts';
import { RESPONSE_OBJECTS, responseMessage, suppressReadReceipt } from '../response-objects.ts';
import { idsOnly, itemsOf } from '../views.ts';

/** Answers to meetings, which the simulator's mailboxes have no calendar for. */
const MEETING_OBJECTS: Readonly<Record<string, string>> = {
  AcceptItem: 'ErrorInvalidItemForOperationAcceptItem',
  CancelCalendarItem: 'ErrorInvalidItemForOperationCancelItem',
  DeclineItem: 'ErrorInvalidItemForOperationDeclineItem',
  RemoveItem: 'ErrorInvalidItemForOperationRemoveItem',
  TentativelyAcceptItem: 'ErrorInvalidItemForOperationTentative',
};

export const createItem: Operation = {
  name: 'CreateItem',
  answer: (context) =>
    answerEach('CreateItem', listOf(context, 'Items'), async (element) => {
      const { localName } = element;
      if (localName === 'SuppressReadReceipt') {
        suppressReadReceipt(context, element);
        return xml`<m:Items/>`;
      }
      const refusal = MEETING_OBJECTS[localName];
      if (refusal !== undefined) throw new ResponseError(refusal, `${localName} needs a meeting.`);
      return save(context, await contentOf(context, element));
    }),
};

async function contentOf(
  context: OperationContext,
  element: EwsElement,
): Promise<{ readonly content: NewMessage; readonly state: ItemState }> {
  if (!RESPONSE_OBJECTS.has(element.localName)) return newItem(context.mailbox, element);
  return { content: responseMessage(context, element), state: { isRead: true, isDraft: true } };
}

/** What is sent is answered without an id, whether a copy is kept or not (ews-answers: CreateItem). */
async function save(
  context: OperationContext,
  { content, state }: Awaited<ReturnType<typeof contentOf>>,
): Promise<XmlFragment> {
  const { request, mailbox, organization, version } = context;
  const disposition = request.attributes.get('MessageDisposition');
  if (disposition === undefined)
    throw new ResponseError('ErrorMessageDispositionRequired', 'The MessageDisposition attribute is required.');
  const saved = children(child(request, 'SavedItemFolderId'))[0];
  const folder = saved === undefined ? undefined : folderOf(context, saved, 'ErrorSavedItemFolderNotFound').id;
  if (disposition === 'SaveOnly') {
    const item = mailbox.add(content, folder ?? 'drafts', state);
    // With the ids of the attachments that came in the request (exchangelib reads them).
    return itemsOf(mailbox, item, idsOnly(version, item.attachments.length > 0 ? ['item:Attachments'] : []));
  }
  const saveTo = disposition === 'SendOnly' ? null : (folder ?? 'sentitems');
  const { copy } = await organization.send(mailbox, content, { saveTo });
  if (copy !== undefined) {
    const { extended, categories, flag } = state;
    const kept = { extended, categories, flag };
    mailbox.update(copy.id, Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)));
  }
  return xml`<m:Items/>`;
}
