/** What an item says of each property of EWS. */
import { languageOf } from '../../ews/languages.ts';
import type { ItemUri } from '../../ews/properties/elements.ts';
import type { Body, Mailbox as EwsMailbox, PropertyValue, ResponseObject } from '../../ews/properties/values.ts';
import { inForm } from '../../ews/body-forms.ts';
import type { BodyType } from '../../ews/shape.ts';
import { LOCALE } from '../mailbox/mapi.ts';
import type { PropertyPath } from '../mailbox/extended-properties.ts';
import { PROPERTY_SETS } from '../mailbox/extended-properties.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import {
  bodyOf,
  hasAttachments,
  type Attachment,
  type Item,
  type MessageContent,
  type Recipient,
} from '../mailbox/types.ts';

const COMMON = PROPERTY_SETS['Common'] ?? '';
/** Where Exchange keeps what the model has no place for (MS-OXPROPS: PidLid… and PidTag…). */
export const KEPT_AS = {
  reminderIsSet: { type: 'Boolean', set: COMMON, id: 0x8503 },
  reminderDueBy: { type: 'SystemTime', set: COMMON, id: 0x8502 },
  reminderMinutes: { type: 'Integer', set: COMMON, id: 0x8501 },
  culture: { type: 'Integer', tag: 0x3ff1 },
  isResponseRequested: { type: 'Boolean', tag: 0x0063 },
  receiptPending: { type: 'Boolean', tag: 0x0c06 },
} as const satisfies Readonly<Record<string, PropertyPath>>;

/** An HTML body is all that is kept of a message that has one: its text is made of it. */
export function bodyAs(content: MessageContent, type: BodyType): Body {
  const { type: kind, content: text } = bodyOf(content);
  return inForm({ type: kind === 'html' ? 'HTML' : 'Text', text }, type);
}

function mailboxOf(recipient: Recipient | undefined): EwsMailbox | undefined {
  if (recipient === undefined) return undefined;
  const { name, address } = recipient;
  return { name: name === '' ? address : name, address, mailboxType: 'OneOff' };
}

function mailboxes(recipients: readonly Recipient[]): EwsMailbox[] {
  return recipients.flatMap((recipient) => mailboxOf(recipient) ?? []);
}

function names(recipients: readonly Recipient[]): string {
  return recipients.map(({ name, address }) => (name === '' ? address : name)).join('; ');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function attachmentValue({ modifiedAt, ...attachment }: Attachment) {
  return { ...attachment, lastModifiedTime: modifiedAt };
}

type Values<T> = Readonly<Partial<Record<ItemUri, (entry: T) => PropertyValue | undefined>>>;

/** Of items as well as of messages attached to others. */
const OF_CONTENT: Values<MessageContent> = {
  'item:ItemClass': (content) => content.itemClass,
  'item:Subject': (content) => content.subject,
  'item:Sensitivity': (content) => capitalized(content.sensitivity),
  'item:Attachments': (content) => content.attachments.map(attachmentValue),
  'item:Importance': (content) => capitalized(content.importance),
  'item:InReplyTo': (content) => content.inReplyTo,
  'item:InternetMessageHeaders': (content) => content.headers,
  'item:DateTimeSent': (content) => content.sentAt,
  'item:DisplayCc': (content) => names(content.cc),
  'item:DisplayTo': (content) => names(content.to),
  'item:DisplayBcc': (content) => names(content.bcc),
  'item:HasAttachments': hasAttachments,
  'item:TextBody': (content) => bodyAs(content, 'Text'),
  'message:Sender': (content) => mailboxOf(content.sender ?? content.from),
  'message:ToRecipients': (content) => mailboxes(content.to),
  'message:CcRecipients': (content) => mailboxes(content.cc),
  'message:BccRecipients': (content) => mailboxes(content.bcc),
  'message:IsReadReceiptRequested': (content) => content.isReadReceiptRequested,
  'message:IsDeliveryReceiptRequested': (content) => content.isDeliveryReceiptRequested,
  'message:ConversationIndex': (content) => content.conversationIndex.toString('base64'),
  'message:ConversationTopic': (content) => content.conversationTopic,
  'message:From': (content) => mailboxOf(content.from),
  'message:InternetMessageId': (content) => content.internetMessageId,
  'message:References': (content) => content.references,
  'message:ReplyTo': (content) => mailboxes(content.replyTo),
};

const FLAGS = { notFlagged: 'NotFlagged', flagged: 'Flagged', complete: 'Complete' } as const;
const RIGHTS = {
  createAssociated: false,
  createContents: false,
  createHierarchy: false,
  delete: true,
  modify: true,
  read: true,
  viewPrivateItems: true,
};

const text = (item: Item, path: PropertyPath): string | undefined => {
  const value = item.extended.get(path);
  return typeof value === 'string' ? value : undefined;
};
const isTrue = (item: Item, path: PropertyPath): boolean => text(item, path) === 'true';
const webQuery = (item: Item, view: string): string =>
  `https://outlook.office365.com/owa/?ItemID=${encodeURIComponent(item.id)}&exvsurl=1&viewmodel=${view}`;

const OF_ITEM: Values<Item> = {
  'item:ItemId': ({ id, changeKey }) => ({ id, changeKey }),
  'item:ParentFolderId': ({ folderId }) => ({ id: folderId }),
  'item:DateTimeReceived': (item) => item.receivedAt,
  'item:Size': (item) => item.size,
  'item:Categories': (item) => item.categories,
  'item:IsDraft': (item) => item.isDraft,
  'item:IsUnmodified': (item) => item.isUnmodified,
  'item:DateTimeSent': (item) => item.sentAt ?? item.createdAt,
  'item:DateTimeCreated': (item) => item.createdAt,
  'item:ResponseObjects': responseObjects,
  'item:ReminderDueBy': (item) => {
    const due = text(item, KEPT_AS.reminderDueBy);
    return due === undefined ? undefined : new Date(due);
  },
  'item:ReminderIsSet': (item) => isTrue(item, KEPT_AS.reminderIsSet),
  'item:ReminderMinutesBeforeStart': (item) => Number(text(item, KEPT_AS.reminderMinutes) ?? 0),
  'item:Culture': (item) => languageOf(Number(text(item, KEPT_AS.culture) ?? LOCALE)),
  'item:EffectiveRights': () => RIGHTS,
  'item:LastModifiedName': (item) => item.modifiedBy,
  'item:LastModifiedTime': (item) => item.modifiedAt,
  'item:IsAssociated': () => false,
  'item:WebClientReadFormQueryString': (item) => webQuery(item, 'ReadMessageItem'),
  'item:WebClientEditFormQueryString': (item) => webQuery(item, 'ItemCompose'),
  'item:ConversationId': ({ conversationId }) => ({ id: conversationId }),
  'item:Flag': ({ flag }) => ({
    status: FLAGS[flag.status],
    startDate: flag.start,
    dueDate: flag.due,
    completeDate: flag.completed,
  }),
  'item:InstanceKey': (item) => Buffer.from(item.searchKey, 'hex').toString('base64'),
  'item:Preview': (item) => bodyAs(item, 'Text').text.replace(/\s+/g, ' ').trim().slice(0, 255),
  'item:IconIndex': (item) => (item.isRead ? 'MailRead' : 'MailUnread'),
  'item:InferenceClassification': (item) => capitalized(item.inferenceClassification),
  'message:IsRead': (item) => item.isRead,
  'message:IsResponseRequested': (item) => isTrue(item, KEPT_AS.isResponseRequested),
  'postitem:PostedTime': (item) => item.receivedAt,
};

/** What can be done with an item (inferred from public samples: a draft can only be forwarded). */
function responseObjects(item: Item): readonly ResponseObject[] {
  if (item.isDraft) return ['ForwardItem'];
  return [
    'ReplyToItem',
    'ReplyAllToItem',
    'ForwardItem',
    ...(isReceiptPending(item) ? (['SuppressReadReceipt'] as const) : []),
  ];
}

/** Whether the sender asked for a read receipt, and neither was one sent nor is it suppressed. */
export function isReceiptPending(item: Item): boolean {
  return item.isReadReceiptRequested && !item.isRead && text(item, KEPT_AS.receiptPending) !== 'false';
}

/** A property of an attached message. Bodies are read by {@link bodyAs}, since their form is the client's choice. */
export function contentValue(content: MessageContent, uri: ItemUri): PropertyValue | undefined {
  return OF_CONTENT[uri]?.(content);
}

/** A property of an item in a mailbox. */
export function itemValue(mailbox: Mailbox, item: Item, uri: ItemUri): PropertyValue | undefined {
  const isMine = item.from !== undefined && mailbox.owns(item.from.address);
  switch (uri) {
    case 'item:IsFromMe':
      return isMine;
    case 'message:ReceivedBy':
    case 'message:ReceivedRepresenting':
      return item.isDraft || isMine ? undefined : mailboxOf({ name: mailbox.displayName, address: mailbox.address });
    case 'item:Body':
    case 'item:UniqueBody':
    case 'item:NormalizedBody':
      return bodyAs(item, 'Best');
    default:
      return (OF_ITEM[uri] ?? (OF_CONTENT as Values<Item>)[uri])?.(item);
  }
}
