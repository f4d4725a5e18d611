/**
 * Where the properties of a message come from at Graph, one entry for each EWS property that is served.
 *
 * MAPI tags: MS-OXPROPS. What may be written on received mail, filtered and sorted: docs/graph-coverage.md.
 *
 * @see https://learn.microsoft.com/graph/api/resources/message
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops/
 */
import { createHash } from 'node:crypto';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import { languageOf, localeOf } from '../../../ews/languages.ts';
import type { MessageValue, ServedMessageFieldUri } from '../../../ews/properties/message.ts';
import { ResponseError } from '../../../ews/response-messages.ts';
import { booleanProperty, dateProperty, flagProperty, number, pair, single, textProperty } from './extended-values.ts';
import { attachmentsOf } from './attachment.ts';
import { EVENT_CLASSES, FLAGS, ICON, ICONS, IMPORTANCES, SENSITIVITIES } from './mapi-values.ts';
import type { GraphProperty, MessagePatch } from './graph-property.ts';
import {
  body,
  date,
  displayNames,
  flag,
  followupFlag,
  headers,
  mailbox,
  mailboxes,
  recipient,
  text,
} from './values.ts';

type Table = { readonly [Uri in ServedMessageFieldUri]: GraphProperty<MessageValue<Uri>> };

function set(name: string, value: unknown): MessagePatch {
  return { properties: { [name]: value } };
}

const LONGEST_SUBJECT = 255;
const SIZE = 'Integer 0x0E08';
export const SENSITIVITY = 'Integer 0x0036';
export const ITEM_CLASS = 'String 0x001A';
export const IN_REPLY_TO = 'String 0x1042';
export const REFERENCES = 'String 0x1039';
const LOCALE = 'Integer 0x3FF1';
const REMINDER = '{00062008-0000-0000-c000-000000000046} Id';
/** The entry of a FieldURI, undefined for what is not served. */
export function messageProperty(uri: string): GraphProperty<unknown> | undefined {
  const table: Readonly<Record<string, GraphProperty<unknown> | undefined>> = MESSAGE_PROPERTIES;
  return Object.hasOwn(table, uri) ? table[uri] : undefined;
}

export const MESSAGE_PROPERTIES: Table = {
  // Read apart, as a stream.
  'item:MimeContent': { read: () => undefined },
  'item:ItemId': {
    select: ['id', 'changeKey'],
    // A message in an attachment has no id of its own.
    read: ({ message }) =>
      message.id === '' ? undefined : { id: toEwsAlphabet(message.id), changeKey: text(message.changeKey) },
  },
  'item:ParentFolderId': {
    select: ['parentFolderId'],
    read: ({ message }) =>
      text(message.parentFolderId) === undefined ? undefined : { id: toEwsAlphabet(message.parentFolderId ?? '') },
  },
  'item:ItemClass': {
    single: [ITEM_CLASS],
    read: (view) => {
      const { meetingMessageType } = view.message as { readonly meetingMessageType?: string };
      return text(single(view, ITEM_CLASS)) ?? EVENT_CLASSES[meetingMessageType ?? ''] ?? 'IPM.Note';
    },
    write: (value) => ({ extended: { [ITEM_CLASS]: value ?? null } }),
  },
  'item:Subject': {
    select: ['subject'],
    read: ({ message }) => text(message.subject),
    // Exchange cuts a longer one without a word.
    write: (value) => set('subject', (value ?? '').slice(0, LONGEST_SUBJECT)),
    filter: { kind: 'text', path: 'subject' },
    orderBy: 'subject',
  },
  'item:Sensitivity': {
    single: [SENSITIVITY],
    read: (view) => SENSITIVITIES[number(view, SENSITIVITY) ?? 0] ?? 'Normal',
    write: (value) => ({ extended: { [SENSITIVITY]: String(SENSITIVITIES.indexOf(value ?? 'Normal')) } }),
  },
  'item:Body': {
    select: ['body'],
    read: ({ message }) => body(message.body),
    write: (value) =>
      set('body', { contentType: value?.type === 'HTML' ? 'html' : 'text', content: value?.text ?? '' }),
  },
  'item:Attachments': { attachments: true, read: ({ message }) => attachmentsOf(message.attachments) },
  'item:DateTimeReceived': {
    select: ['receivedDateTime'],
    read: ({ message }) => date(message.receivedDateTime),
    filter: { kind: 'date', path: 'receivedDateTime' },
    orderBy: 'receivedDateTime',
  },
  'item:Size': { single: [SIZE], read: (view) => number(view, SIZE) },
  'item:Categories': {
    select: ['categories'],
    read: ({ message }) => (message.categories?.length ? message.categories : undefined),
    write: (value) => set('categories', value ?? []),
    filter: { kind: 'any', path: 'categories' },
  },
  'item:Importance': {
    select: ['importance'],
    read: ({ message }) => IMPORTANCES[message.importance ?? 'normal'],
    write: (value) => set('importance', (value ?? 'Normal').toLowerCase()),
    filter: { kind: 'enum', path: 'importance' },
  },
  'item:InReplyTo': textProperty(IN_REPLY_TO),
  'item:IsSubmitted': flagProperty(FLAGS.submitted),
  'item:IsDraft': {
    select: ['isDraft'],
    read: ({ message }) => message.isDraft === true,
    filter: { kind: 'boolean', path: 'isDraft' },
  },
  'item:IsFromMe': flagProperty(FLAGS.fromMe),
  'item:IsResend': flagProperty(FLAGS.resend),
  'item:IsUnmodified': flagProperty(FLAGS.unmodified),
  'item:InternetMessageHeaders': {
    select: ['internetMessageHeaders'],
    read: ({ message }) => headers(message.internetMessageHeaders),
  },
  'item:DateTimeSent': {
    select: ['sentDateTime'],
    read: ({ message }) => date(message.sentDateTime),
    filter: { kind: 'date', path: 'sentDateTime' },
    orderBy: 'sentDateTime',
  },
  'item:DateTimeCreated': {
    select: ['createdDateTime'],
    read: ({ message }) => date(message.createdDateTime),
    orderBy: 'createdDateTime',
  },
  'item:ResponseObjects': {
    select: ['isDraft', 'isRead', 'isReadReceiptRequested'],
    read: ({ message }) => {
      // Nobody can reply to a message in an attachment: it has no id.
      if (message.id === '') return [];
      if (message.isDraft === true) return ['ForwardItem'];
      const receipt = message.isReadReceiptRequested === true && message.isRead !== true;
      return ['ReplyToItem', 'ReplyAllToItem', 'ForwardItem', ...(receipt ? (['SuppressReadReceipt'] as const) : [])];
    },
  },
  'item:ReminderDueBy': dateProperty(`SystemTime ${REMINDER} 0x8502`),
  'item:ReminderIsSet': booleanProperty(`Boolean ${REMINDER} 0x8503`),
  'item:ReminderNextTime': dateProperty(`SystemTime ${REMINDER} 0x8560`),
  'item:ReminderMinutesBeforeStart': {
    single: [`Integer ${REMINDER} 0x8501`],
    read: (view) => number(view, `Integer ${REMINDER} 0x8501`),
    write: (value) => ({ extended: { [`Integer ${REMINDER} 0x8501`]: value === undefined ? null : String(value) } }),
  },
  'item:DisplayCc': { select: ['ccRecipients'], read: ({ message }) => displayNames(message.ccRecipients) },
  'item:DisplayTo': { select: ['toRecipients'], read: ({ message }) => displayNames(message.toRecipients) },
  'item:DisplayBcc': { select: ['bccRecipients'], read: ({ message }) => displayNames(message.bccRecipients) },
  'item:HasAttachments': {
    select: ['hasAttachments'],
    read: ({ message }) => message.hasAttachments === true,
    filter: { kind: 'boolean', path: 'hasAttachments' },
  },
  'item:Culture': {
    single: [LOCALE],
    read: (view) => languageOf(number(view, LOCALE)),
    write: (value) => {
      const locale = value === undefined ? undefined : localeOf(value);
      if (value !== undefined && locale === undefined)
        throw new ResponseError('ErrorInvalidValueForProperty', `The language ${value} is not known.`);
      return { extended: { [LOCALE]: locale === undefined ? null : String(locale) } };
    },
  },
  'item:EffectiveRights': {
    read: () => ({
      createAssociated: false,
      createContents: false,
      createHierarchy: false,
      delete: true,
      modify: true,
      read: true,
      viewPrivateItems: true,
    }),
  },
  'item:LastModifiedName': textProperty('String 0x3FFA'),
  'item:LastModifiedTime': {
    select: ['lastModifiedDateTime'],
    read: ({ message }) => date(message.lastModifiedDateTime),
    filter: { kind: 'date', path: 'lastModifiedDateTime' },
    orderBy: 'lastModifiedDateTime',
  },
  // Associated items are not reached through Graph.
  'item:IsAssociated': { read: () => false },
  'item:WebClientReadFormQueryString': { select: ['webLink'], read: ({ message }) => text(message.webLink) },
  'item:WebClientEditFormQueryString': {
    select: ['webLink', 'isDraft'],
    read: ({ message }) => (message.isDraft === true ? text(message.webLink) : undefined),
  },
  'item:ConversationId': {
    select: ['conversationId'],
    read: ({ message }) =>
      text(message.conversationId) === undefined ? undefined : { id: toEwsAlphabet(message.conversationId ?? '') },
    filter: { kind: 'id', path: 'conversationId' },
  },
  // Only the whole body tells whether the message is one of text.
  'item:UniqueBody': { select: ['uniqueBody', 'body'], read: ({ message }) => body(message.uniqueBody) },
  'item:Flag': {
    select: ['flag'],
    read: ({ message }) => flag(message.flag),
    write: (value) => set('flag', followupFlag(value ?? { status: 'NotFlagged' })),
    compared: ({ message }) => flag(message.flag)?.status,
  },
  'item:StoreEntryId': { single: ['Binary 0x0FFF'], read: (view) => single(view, 'Binary 0x0FFF') },
  // Exchange's instance key is that of a row in a table, which Graph has none of.
  'item:InstanceKey': {
    select: ['id'],
    read: ({ message }) =>
      // A message in an attachment is in no table at all.
      message.id === ''
        ? undefined
        : createHash('sha256').update(message.id).digest().subarray(0, 8).toString('base64'),
  },
  'item:NormalizedBody': { select: ['body'], read: ({ message }) => body(message.body) },
  'item:PolicyTag': { read: () => undefined },
  'item:ArchiveTag': { read: () => undefined },
  'item:RetentionDate': dateProperty('SystemTime 0x301C'),
  'item:Preview': { select: ['bodyPreview'], read: ({ message }) => text(message.bodyPreview) },
  'item:IsClutter': {
    select: ['inferenceClassification'],
    read: ({ message }) => message.inferenceClassification === 'other',
  },
  'item:TextBody': { select: ['body'], read: ({ message, asText }) => body((asText ?? message).body) },
  'item:IconIndex': { single: [ICON], read: (view) => ICONS[number(view, ICON) ?? -1] },
  'item:InferenceClassification': {
    select: ['inferenceClassification'],
    read: ({ message }) => (message.inferenceClassification === 'other' ? 'Other' : 'Focused'),
    write: (value) => set('inferenceClassification', (value ?? 'Focused').toLowerCase()),
  },
  'message:Sender': {
    select: ['sender'],
    read: ({ message }) => mailbox(message.sender),
    write: (value) => set('sender', value === undefined ? null : recipient(value)),
    compared: ({ message }) => addressOrName(mailbox(message.sender)),
  },
  'message:ToRecipients': recipientsProperty('toRecipients'),
  'message:CcRecipients': recipientsProperty('ccRecipients'),
  'message:BccRecipients': recipientsProperty('bccRecipients'),
  'message:IsReadReceiptRequested': {
    select: ['isReadReceiptRequested'],
    read: ({ message }) => message.isReadReceiptRequested === true,
    write: (value) => set('isReadReceiptRequested', value ?? false),
  },
  'message:IsDeliveryReceiptRequested': {
    select: ['isDeliveryReceiptRequested'],
    read: ({ message }) => message.isDeliveryReceiptRequested === true,
    write: (value) => set('isDeliveryReceiptRequested', value ?? false),
  },
  'message:ConversationIndex': {
    select: ['conversationIndex'],
    read: ({ message }) => text(message.conversationIndex as string | null | undefined),
  },
  'message:ConversationTopic': textProperty('String 0x0070'),
  'message:From': {
    select: ['from'],
    read: ({ message }) => mailbox(message.from),
    write: (value) => set('from', value === undefined ? null : recipient(value)),
    compared: ({ message }) => addressOrName(mailbox(message.from)),
  },
  'message:InternetMessageId': {
    select: ['internetMessageId'],
    read: ({ message }) => text(message.internetMessageId),
    write: (value) => set('internetMessageId', value ?? null),
    filter: { kind: 'text', path: 'internetMessageId' },
  },
  'message:IsRead': {
    select: ['isRead'],
    read: ({ message }) => message.isRead === true,
    // Sends the read receipt that the sender asked for, if it asked for one: Graph has no way to suppress it.
    write: (value) => set('isRead', value ?? false),
    filter: { kind: 'boolean', path: 'isRead' },
  },
  'message:IsResponseRequested': booleanProperty('Boolean 0x0063'),
  'message:References': textProperty(REFERENCES),
  'message:ReplyTo': recipientsProperty('replyTo'),
  'message:ReceivedBy': pair('String 0x0040', 'String 0x5D07'),
  'message:ReceivedRepresenting': pair('String 0x0044', 'String 0x5D08'),
};

function recipientsProperty(
  name: 'toRecipients' | 'ccRecipients' | 'bccRecipients' | 'replyTo',
): GraphProperty<MessageValue<'message:ToRecipients'>> {
  return {
    select: [name],
    read: ({ message }) => mailboxes(message[name]),
    write: (value) => set(name, (value ?? []).map(recipient)),
    compared: ({ message }) => text(displayNames(message[name])),
  };
}

/** What EWS compares a sender by. */
function addressOrName(who: ReturnType<typeof mailbox>): string | undefined {
  return who?.address ?? who?.name;
}
