/** A new item out of the elements of a request: properties, MIME, attachments to any depth. */
import { child, children, textAt, type EwsElement } from '../../ews/element.ts';
import { ResponseError } from '../../ews/response-messages.ts';
import { ExtendedProperties } from '../mailbox/extended-properties.ts';
import type { ItemState } from '../mailbox/item-operations.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { fileAttachment, newMessage, recipient, type MessageParts } from '../mailbox/message.ts';
import { parseMime } from '../mailbox/mime-reader.ts';
import type { ItemChanges, NewAttachment, NewMessage } from '../mailbox/types.ts';
import { extendedPropertyOf } from './extended.ts';
import { readOnly, SETTERS, type Target } from './item-input.ts';
import { bytesOf } from './memory-spool.ts';

export interface NewItem {
  readonly content: NewMessage;
  readonly state: ItemState;
}

/** Elements that a store can hold as mail; others are kinds of items that the simulator does not have. */
const ITEM_ELEMENTS: ReadonlySet<string> = new Set(['Item', 'Message', 'PostItem']);
/** PidTagMessageFlags, and of it mfUnsent and mfRead. */
const MESSAGE_FLAGS = 0x0e07;
/**
 * PidTagMessageDeliveryTime and PidTagClientSubmitTime: how importers keep the dates of old mail (exchangelib's
 * documentation, on saving with other dates).
 */
const DELIVERY_TIME = { type: 'SystemTime', tag: 0x0e06 } as const;
const SUBMIT_TIME = { type: 'SystemTime', tag: 0x0039 } as const;
const UNSENT = 8;
const READ = 1;
/** What clients send back although only Exchange sets it; it is without effect (inferred). */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['Attachments', 'ExtendedProperty', 'MimeContent', 'IsAssociated']);

/** @throws ResponseError */
export async function newItem(mailbox: Mailbox, element: EwsElement, isDraft = true): Promise<NewItem> {
  if (!ITEM_ELEMENTS.has(element.localName))
    throw new ResponseError(
      'ErrorInvalidItemForOperationCreateItem',
      `The simulator's mailboxes hold mail only, no ${element.localName}.`,
    );
  const mime = child(element, 'MimeContent');
  const parsed = mime === undefined ? undefined : await parsedMime(mime);
  const changes: ItemChanges = { extended: ExtendedProperties.NONE };
  for (const property of children(element)) {
    const { localName } = property;
    if (localName === 'ExtendedProperty') {
      const set = extendedPropertyOf(property);
      Object.assign(changes, { extended: (changes.extended ?? ExtendedProperties.NONE).with(set.property) });
    } else if (!WITHOUT_EFFECT.has(localName)) {
      const setter = SETTERS.get(localName);
      if (setter === undefined) throw readOnly(localName);
      Object.assign(changes, setter.set(property, targetOf(changes)));
    }
  }
  const { extended, isRead, categories, flag, ...given } = changes;
  const flags = extended?.get({ type: 'Integer', tag: MESSAGE_FLAGS });
  const [receivedAt, sentAt] = [DELIVERY_TIME, SUBMIT_TIME].map((path) => dateIn(extended?.get(path)));
  const attachments: NewAttachment[] = [];
  for (const attachment of children(child(element, 'Attachments')))
    attachments.push(await newAttachment(mailbox, attachment));
  const parts: MessageParts = {
    itemClass: element.localName === 'PostItem' ? 'IPM.Post' : 'IPM.Note',
    ...parsed,
    ...given,
    ...(sentAt === undefined ? {} : { sentAt }),
    ...(attachments.length === 0 ? {} : { attachments: [...(parsed?.attachments ?? []), ...attachments] }),
    // MIME of a changed message is written again when it is asked for.
    mime: Object.keys(given).length + attachments.length === 0 ? parsed?.mime : undefined,
  };
  const domain = mailbox.address.split('@')[1] ?? 'localhost';
  return {
    content: newMessage({
      ...parts,
      from: parts.from ?? recipient(mailbox.address, mailbox.displayName),
      internetMessageId: parts.internetMessageId ?? `<${mailbox.ids.newSearchKey()}@${domain}>`,
    }),
    state: {
      isRead: isRead ?? (flags === undefined ? true : (Number(flags) & READ) !== 0),
      isDraft: flags === undefined ? isDraft : (Number(flags) & UNSENT) !== 0,
      extended: (extended ?? ExtendedProperties.NONE)
        .without({ type: 'Integer', tag: MESSAGE_FLAGS })
        .without(DELIVERY_TIME)
        .without(SUBMIT_TIME),
      ...(receivedAt === undefined ? {} : { receivedAt }),
      ...(categories === undefined ? {} : { categories }),
      ...(flag === undefined ? {} : { flag }),
    },
  };
}

function dateIn(value: unknown): Date | undefined {
  return typeof value === 'string' ? new Date(value) : undefined;
}

async function parsedMime(element: EwsElement): Promise<NewMessage> {
  const bytes = await bytesOf(element);
  if (bytes.length === 0) throw new ResponseError('ErrorMimeContentInvalid', 'The MIME content is empty.');
  return parseMime(bytes);
}

function targetOf({ extended = ExtendedProperties.NONE, bodyHtml, bodyText }: ItemChanges): Target {
  return { extended, bodyHtml, bodyText };
}

/** @throws ResponseError */
export async function newAttachment(mailbox: Mailbox, element: EwsElement): Promise<NewAttachment> {
  const name = textAt(element, 'Name') ?? '';
  const contentId = textAt(element, 'ContentId');
  const contentLocation = textAt(element, 'ContentLocation');
  const isInline = /^(?:true|1)$/.test(textAt(element, 'IsInline') ?? '');
  if (element.localName === 'FileAttachment') {
    const contentType = textAt(element, 'ContentType') ?? 'application/octet-stream';
    const more = { contentId, isInline, ...(contentLocation === undefined ? {} : { contentLocation }) };
    return fileAttachment(name, contentType, await bytesOf(child(element, 'Content')), more);
  }
  if (element.localName !== 'ItemAttachment')
    throw new ResponseError('ErrorInvalidOperation', `${element.localName} can't be created.`);
  const item = children(element).find(({ localName }) => ITEM_ELEMENTS.has(localName));
  if (item === undefined)
    throw new ResponseError('ErrorMissingItemForCreateItemAttachment', 'The attachment holds no item.');
  const { content } = await newItem(mailbox, item);
  return { kind: 'item', name, contentType: 'message/rfc822', contentId, contentLocation, isInline, item: content };
}
