/**
 * CreateItem, SendItem, CreateAttachment.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/createitem-operation
 */
import type { Element } from '@xmldom/xmldom';
import { ExtendedProperties } from '../../mailbox/extended-properties.ts';
import type { Mailbox } from '../../mailbox/mailbox.ts';
import { fileAttachment, newMessage, recipient } from '../../mailbox/message.ts';
import { parseMime } from '../../mailbox/mime-reader.ts';
import type { NewAttachment, NewMessage, Recipient } from '../../mailbox/types.ts';
import { itemElement, propertyPath } from '../item-xml.ts';
import { folderOf, itemOf, listOf, ResponseError, responseMessages, type Operation } from '../operation.ts';
import { attribute, child, children, textAt, wrap } from '../xml.ts';
import { ID_ONLY } from './items.ts';

export const createItem: Operation = (context) => {
  const { request, mailbox, organization } = context;
  const disposition = request.getAttribute('MessageDisposition') ?? 'SaveOnly';
  return responseMessages('CreateItem', listOf(context, 'Items'), async (message) => {
    if (message.localName !== 'Message')
      throw new ResponseError('ErrorInvalidRequest', `The simulator creates messages only, not ${message.localName}.`);
    const saved = children(child(request, 'SavedItemFolderId'))[0];
    const folder = saved === undefined ? undefined : folderOf(context, saved).id;
    const content = await contentOf(mailbox, message);
    if (disposition !== 'SaveOnly') {
      const saveTo = disposition === 'SendOnly' ? null : (folder ?? 'sentitems');
      const { copy } = await organization.send(mailbox, content.mime ?? content, { saveTo });
      return copy === undefined ? '<m:Items/>' : `<m:Items>${itemElement(copy, ID_ONLY, true)}</m:Items>`;
    }
    const item = mailbox.add(content, folder ?? 'drafts', {
      isRead: isTrue(textAt(message, 'IsRead')) ?? true,
      isDraft: !hasMessageFlags(message),
      extended: ExtendedProperties.of(
        children(message, 'ExtendedProperty').map((property) => ({
          path: propertyPath(child(property, 'ExtendedFieldURI') ?? property),
          value: textAt(property, 'Value') ?? '',
        })),
      ),
    });
    return `<m:Items>${itemElement(item, ID_ONLY, true)}</m:Items>`;
  });
};

export const sendItem: Operation = (context) =>
  responseMessages('SendItem', listOf(context, 'ItemIds'), async (id) => {
    const { mailbox, organization, request } = context;
    const saved = children(child(request, 'SavedItemFolderId'))[0];
    const folder = saved === undefined ? 'sentitems' : folderOf(context, saved).id;
    const saves = isTrue(request.getAttribute('SaveItemToFolder') ?? 'true') === true;
    await organization.sendDraft(mailbox, itemOf(context, id).id, { saveTo: saves ? folder : null });
    return '';
  });

export const createAttachment: Operation = (context) => {
  const parent = child(context.request, 'ParentItemId');
  return responseMessages('CreateAttachment', listOf(context, 'Attachments'), (element) => {
    const { item, attachments } = context.mailbox.addAttachments(itemOf(context, parent).id, [attachmentOf(element)]);
    const root =
      attribute('Id', attachments[0]?.id ?? '') +
      attribute('RootItemId', item.id) +
      attribute('RootItemChangeKey', item.changeKey);
    return `<m:Attachments>${wrap('FileAttachment', `<t:AttachmentId${root}/>`)}</m:Attachments>`;
  });
};

function attachmentOf(element: Element): NewAttachment {
  return fileAttachment(
    textAt(element, 'Name') ?? '',
    textAt(element, 'ContentType') ?? 'application/octet-stream',
    Buffer.from(textAt(element, 'Content') ?? '', 'base64'),
    { contentId: textAt(element, 'ContentId'), isInline: isTrue(textAt(element, 'IsInline')) ?? false },
  );
}

async function contentOf(mailbox: Mailbox, message: Element): Promise<NewMessage> {
  const mime = textAt(message, 'MimeContent');
  if (mime !== undefined) return parseMime(Buffer.from(mime, 'base64'));
  const people = (name: string): Recipient[] =>
    children(child(message, name), 'Mailbox').map((element) =>
      recipient(textAt(element, 'EmailAddress') ?? '', textAt(element, 'Name')),
    );
  const body = textAt(message, 'Body') ?? '';
  const isHtml = child(message, 'Body')?.getAttribute('BodyType') === 'HTML';
  return newMessage({
    from: recipient(mailbox.address, mailbox.displayName),
    to: people('ToRecipients'),
    cc: people('CcRecipients'),
    bcc: people('BccRecipients'),
    replyTo: people('ReplyTo'),
    subject: textAt(message, 'Subject') ?? '',
    bodyText: isHtml ? undefined : body,
    bodyHtml: isHtml ? body : undefined,
    internetMessageId: `<${mailbox.ids.newSearchKey()}@${mailbox.address.split('@')[1] ?? 'localhost'}>`,
    attachments: children(child(message, 'Attachments'), 'FileAttachment').map(attachmentOf),
  });
}

/** PR_MESSAGE_FLAGS set at creation keeps a saved message from being a draft. */
function hasMessageFlags(message: Element): boolean {
  return children(message, 'ExtendedProperty').some(
    (property) => Number(child(property, 'ExtendedFieldURI')?.getAttribute('PropertyTag')) === 0x0e07,
  );
}

function isTrue(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : /^(?:true|1)$/.test(text.trim());
}
