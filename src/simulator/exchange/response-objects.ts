/**
 * Answers to messages: replies, forwards, and receipts that are not to be sent.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/replytoitem
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/forwarditem
 */
import { child, type EwsElement } from '../../ews/element.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { newMessage, recipient } from '../mailbox/message.ts';
import type { Attachment, Item, NewAttachment, NewMessage, Recipient } from '../mailbox/types.ts';
import { itemOf } from './ids.ts';
import { rawText, recipientsOf } from './item-input.ts';
import { bodyAs, isReceiptPending, KEPT_AS } from './item-values.ts';
import type { OperationContext } from './operation.ts';

export const RESPONSE_OBJECTS: ReadonlySet<string> = new Set(['ReplyToItem', 'ReplyAllToItem', 'ForwardItem']);

/** The message that a reply or forward makes. @throws ResponseError */
export function responseMessage(context: OperationContext, element: EwsElement): NewMessage {
  const { mailbox } = context;
  const original = itemOf(context, child(element, 'ReferenceItemId'));
  const isForward = element.localName === 'ForwardItem';
  if (original.isDraft && !isForward)
    throw new ResponseError('ErrorInvalidReferenceItem', 'A draft cannot be replied to.');
  const prefix = isForward ? 'FW: ' : 'RE: ';
  const to = child(element, 'ToRecipients');
  const cc = child(element, 'CcRecipients');
  const isHtml = child(element, 'NewBodyContent')?.attributes.get('BodyType') === 'HTML';
  const { to: defaultTo, cc: defaultCc } = addressees(context, original, element.localName);
  return newMessage({
    subject: rawText(element, 'Subject') ?? `${prefix}${original.conversationTopic}`,
    from: recipient(mailbox.address, mailbox.displayName),
    to: to === undefined ? defaultTo : recipientsOf(to),
    cc: cc === undefined ? defaultCc : recipientsOf(cc),
    bcc: recipientsOf(child(element, 'BccRecipients')),
    ...bodyWith(original, rawText(element, 'NewBodyContent') ?? rawText(element, 'Body') ?? '', isHtml),
    internetMessageId: `<${mailbox.ids.newSearchKey()}@${mailbox.address.split('@')[1] ?? 'localhost'}>`,
    inReplyTo: original.internetMessageId,
    references: [original.references, original.internetMessageId].filter((id) => id !== undefined).join(' '),
    conversationIndex: Buffer.concat([original.conversationIndex, Buffer.alloc(5, original.articleNumber & 0xff)]),
    conversationTopic: original.conversationTopic,
    attachments: isForward ? original.attachments.map(unplaced) : [],
  });
}

/** Who gets it where the request does not say: the sender, and with ReplyAllToItem all but oneself. */
function addressees(
  { mailbox }: OperationContext,
  original: Item,
  kind: string,
): { readonly to: readonly Recipient[]; readonly cc: readonly Recipient[] } {
  if (kind === 'ForwardItem') return { to: [], cc: [] };
  const sender = original.from === undefined ? [] : [original.from];
  const replyTo = original.replyTo.length > 0 ? original.replyTo : sender;
  if (kind === 'ReplyToItem') return { to: replyTo, cc: [] };
  const others = (list: readonly Recipient[]): Recipient[] => list.filter(({ address }) => !mailbox.owns(address));
  return { to: [...replyTo, ...others(original.to)], cc: others(original.cc) };
}

/** The new text before the old one, in the form of the new one (inferred: without Outlook's header lines). */
function bodyWith(original: Item, text: string, isHtml: boolean): Pick<NewMessage, 'bodyHtml' | 'bodyText'> {
  if (isHtml) return { bodyHtml: `${text}<hr>${bodyAs(original, 'HTML').text}`, bodyText: undefined };
  return {
    bodyHtml: undefined,
    bodyText: `${text}\r\n\r\n________________________________\r\n${bodyAs(original, 'Text').text}`,
  };
}

function unplaced(attachment: Attachment): NewAttachment {
  return attachment.kind === 'item'
    ? { ...attachment, item: { ...attachment.item, attachments: attachment.item.attachments.map(unplaced) } }
    : attachment;
}

/**
 * No read receipt is sent for the message from now on.
 *
 * @throws ResponseError ErrorReadReceiptNotPending
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/suppressreadreceipt
 */
export function suppressReadReceipt(context: OperationContext, element: EwsElement): Item {
  const item = itemOf(context, child(element, 'ReferenceItemId'));
  if (!isReceiptPending(item))
    throw new ResponseError('ErrorReadReceiptNotPending', 'A read receipt is not pending for this item.');
  const extended = item.extended.with({ path: KEPT_AS.receiptPending, value: 'false' });
  return context.mailbox.update(item.id, { extended });
}
