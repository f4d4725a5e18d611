/**
 * CreateItem, SendItem, CreateAttachment.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createitem-operation
 */
import type { Element } from '@xmldom/xmldom';
import { changeKey, type Folder, type Item, type Mailbox } from '../../mailbox/mailbox.ts';
import { extendedKey, itemElement } from '../item-xml.ts';
import { parseMime, writeMime } from '../../mailbox/mime.ts';
import {
  folderOf,
  itemOf,
  listOf,
  ResponseError,
  responseMessages,
  type Operation,
  type OperationContext,
} from '../operation.ts';
import { attribute, child, children, textAt, wrap } from '../xml.ts';
import { ID_ONLY } from './items.ts';

export const createItem: Operation = (context) => {
  const { request, mailbox } = context;
  const disposition = request.getAttribute('MessageDisposition') ?? 'SaveOnly';
  return responseMessages('CreateItem', listOf(context, 'Items'), async (message) => {
    if (message.localName !== 'Message')
      throw new ResponseError('ErrorInvalidRequest', `The simulator creates messages only, not ${message.localName}.`);
    const saved = children(child(request, 'SavedItemFolderId'))[0];
    const sends = disposition !== 'SaveOnly';
    const folder =
      saved === undefined ? mailbox.distinguished(sends ? 'sentitems' : 'drafts') : folderOf(context, saved);
    const mime = mimeOf(mailbox, message);
    if (sends) await send(context, mime);
    if (disposition === 'SendOnly') return '<m:Items/>';
    const item = mailbox.add(await parseMime(mime), mime, folder?.id ?? '', 'created', {
      isRead: isTrue(textAt(message, 'IsRead')) ?? true,
      isDraft: !sends && !hasMessageFlags(message),
      extended: new Map(
        children(message, 'ExtendedProperty').map((property) => [
          extendedKey(child(property, 'ExtendedFieldURI') ?? property),
          textAt(property, 'Value') ?? '',
        ]),
      ),
    });
    return `<m:Items>${itemElement(item, ID_ONLY, true)}</m:Items>`;
  });
};

export const sendItem: Operation = (context) =>
  responseMessages('SendItem', listOf(context, 'ItemIds'), async (id) => {
    const { mailbox, request } = context;
    const item = itemOf(context, id);
    await send(context, withAttachments(item));
    if (!isTrue(request.getAttribute('SaveItemToFolder') ?? 'true')) mailbox.remove(item);
    else {
      const saved = children(child(request, 'SavedItemFolderId'))[0];
      const folder: Folder | undefined =
        saved === undefined ? mailbox.distinguished('sentitems') : folderOf(context, saved);
      mailbox.update(mailbox.move(item, folder?.id ?? ''), { isDraft: false, sentAt: new Date() });
    }
    return '';
  });

export const createAttachment: Operation = (context) => {
  const parent = child(context.request, 'ParentItemId');
  return responseMessages('CreateAttachment', listOf(context, 'Attachments'), (element) => {
    const item = itemOf(context, parent);
    const id = `${item.id.slice(0, 60)}${item.attachments.length}`;
    context.mailbox.update(item, {
      attachments: [
        ...item.attachments,
        {
          id,
          name: textAt(element, 'Name') ?? '',
          contentType: textAt(element, 'ContentType') ?? 'application/octet-stream',
          contentId: textAt(element, 'ContentId'),
          isInline: isTrue(textAt(element, 'IsInline')) ?? false,
          content: Buffer.from(textAt(element, 'Content') ?? '', 'base64'),
        },
      ],
    });
    const root =
      attribute('Id', id) + attribute('RootItemId', item.id) + attribute('RootItemChangeKey', changeKey(item));
    return `<m:Attachments>${wrap('FileAttachment', `<t:AttachmentId${root}/>`)}</m:Attachments>`;
  });
};

async function send({ mailbox, mailboxes }: OperationContext, mime: Buffer): Promise<void> {
  const mail = await parseMime(mime);
  const recipients = [...mail.to, ...mail.cc, ...mail.bcc].flatMap(({ address }) =>
    address === undefined ? [] : [address.toLowerCase()],
  );
  if (recipients.length === 0) throw new ResponseError('ErrorInvalidRecipients', "At least one recipient isn't valid.");
  for (const recipient of mailboxes) {
    if (
      recipients.some((address) => address === recipient.address.toLowerCase() || recipient.aliases.includes(address))
    ) {
      recipient.add(
        mail,
        mime,
        recipient.distinguished('inbox')?.id ?? '',
        'newMail',
        mail.from === undefined ? { from: { name: mailbox.displayName, address: mailbox.address } } : {},
      );
    }
  }
}

function withAttachments(item: Item): Buffer {
  return writeMime({
    from: item.from?.address ?? '',
    to: addresses(item.to),
    cc: addresses(item.cc),
    subject: item.subject,
    text: item.body.text,
    html: item.body.type === 'HTML',
    attachments: item.attachments,
  });
}

function mimeOf(mailbox: Mailbox, message: Element): Buffer {
  const content = textAt(message, 'MimeContent');
  if (content !== undefined) return Buffer.from(content, 'base64');
  const people = (name: string): string[] =>
    children(child(message, name), 'Mailbox').map((mailboxElement) => textAt(mailboxElement, 'EmailAddress') ?? '');
  return writeMime({
    from: mailbox.address,
    to: people('ToRecipients'),
    cc: [...people('CcRecipients'), ...people('BccRecipients')],
    subject: textAt(message, 'Subject') ?? '',
    text: textAt(message, 'Body') ?? '',
    html: child(message, 'Body')?.getAttribute('BodyType') === 'HTML',
    messageId: `<${Date.now()}.${Math.random().toString(36).slice(2)}@${mailbox.address.split('@')[1] ?? 'localhost'}>`,
    attachments: children(child(message, 'Attachments'), 'FileAttachment').map((element) => ({
      name: textAt(element, 'Name') ?? '',
      contentType: textAt(element, 'ContentType') ?? 'application/octet-stream',
      content: Buffer.from(textAt(element, 'Content') ?? '', 'base64'),
    })),
  });
}

/** PR_MESSAGE_FLAGS set at creation keeps a saved message from being a draft. */
function hasMessageFlags(message: Element): boolean {
  return children(message, 'ExtendedProperty').some(
    (property) => Number(child(property, 'ExtendedFieldURI')?.getAttribute('PropertyTag')) === 0x0e07,
  );
}

function addresses(list: Item['to']): string[] {
  return list.flatMap(({ address }) => (address === undefined ? [] : [address]));
}

function isTrue(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : /^(?:true|1)$/.test(text.trim());
}
