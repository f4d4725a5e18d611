/**
 * Properties of items and messages, in the order of types.xsd (ItemType, MessageType, PostItemType).
 *
 * Versions, shapes and what lists have: the pages below, and the schemas of the EWS Managed API.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/message-ex15websvcsotherref
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/property-sets-and-response-shapes-in-ews-in-exchange
 */
import type { PropertyRow } from './types.ts';
import type { ValueOfRow } from './values.ts';

const BODY = { kind: 'body', inList: false } as const;
const NAMED_BODY = { ...BODY, comparable: false } as const;
const ALL = { shape: 'AllProperties' } as const;
const DEFAULT = { shape: 'Default' } as const;
/** A draft has no date of its own but these. */
const SOME_DATE = {
  required: { like: ['item:DateTimeCreated', 'item:LastModifiedTime', 'item:DateTimeReceived', 'item:DateTimeSent'] },
} as const;
const TEXT = { kind: 'string' } as const;
const FLAG = { kind: 'boolean', required: false } as const;
const DATE = { kind: 'dateTime' } as const;
const RECIPIENTS = { kind: 'recipients', shape: 'Default', inList: false, settable: 'draft' } as const;
const UNSERVED = { kind: 'unserved' } as const;
const UNSERVED_2013 = { ...UNSERVED, since: 'Exchange2013' } as const;
const UNSERVED_2015 = { ...UNSERVED, since: 'Exchange2015' } as const;

const SENSITIVITIES = ['Normal', 'Personal', 'Private', 'Confidential'] as const;
const IMPORTANCES = ['Low', 'Normal', 'High'] as const;
const INFERENCE = ['Focused', 'Other'] as const;
/** Those that mail has. */
const ICONS = [
  'Default',
  'PostItem',
  'MailRead',
  'MailUnread',
  'MailReplied',
  'MailForwarded',
  'MailEncrypted',
  'MailSmimeSigned',
  'MailEncryptedReplied',
  'MailSmimeSignedReplied',
  'MailEncryptedForwarded',
  'MailSmimeSignedForwarded',
  'MailEncryptedRead',
  'MailSmimeSignedRead',
  'MailIrm',
  'MailIrmForwarded',
  'MailIrmReplied',
  'AppointmentMeet',
  'AppointmentMeetYes',
  'AppointmentMeetNo',
  'AppointmentMeetMaybe',
  'AppointmentMeetCancel',
] as const;

/** ItemType up to where the extended properties stand. */
export const ITEM_ROWS_BEFORE_EXTENDED = [
  { uri: 'item:MimeContent', kind: 'mime', inList: false, settable: 'create' },
  { uri: 'item:ItemId', kind: 'itemId', shape: 'IdOnly' },
  { uri: 'item:ParentFolderId', kind: 'folderId', ...ALL },
  { uri: 'item:ItemClass', ...TEXT, ...ALL, settable: 'always' },
  { uri: 'item:Subject', ...TEXT, ...DEFAULT, settable: 'draft' },
  {
    uri: 'item:Sensitivity',
    kind: 'enum',
    values: SENSITIVITIES,
    ...DEFAULT,
    required: 'Normal',
    settable: 'always',
  },
  { uri: 'item:Body', ...BODY, ...DEFAULT, required: { type: 'Text', text: '' }, settable: 'draft' },
  { uri: 'item:Attachments', kind: 'attachments', ...ALL, inList: false, settable: 'create' },
  { uri: 'item:DateTimeReceived', ...DATE, ...ALL, ...SOME_DATE },
  { uri: 'item:Size', kind: 'int', ...DEFAULT, required: 0 },
  { uri: 'item:Categories', kind: 'strings', ...ALL, settable: 'always' },
  { uri: 'item:Importance', kind: 'enum', values: IMPORTANCES, ...ALL, required: 'Normal', settable: 'always' },
  { uri: 'item:InReplyTo', ...TEXT, ...ALL, settable: 'draft' },
  { uri: 'item:IsSubmitted', ...FLAG, ...ALL },
  { uri: 'item:IsDraft', ...FLAG, ...ALL },
  { uri: 'item:IsFromMe', ...FLAG, ...ALL },
  { uri: 'item:IsResend', ...FLAG, ...ALL },
  { uri: 'item:IsUnmodified', ...FLAG, ...ALL },
  { uri: 'item:InternetMessageHeaders', kind: 'headers', ...ALL, inList: false },
  { uri: 'item:DateTimeSent', ...DATE, ...DEFAULT, ...SOME_DATE },
  { uri: 'item:DateTimeCreated', ...DATE, ...DEFAULT, ...SOME_DATE },
  { uri: 'item:ResponseObjects', kind: 'responseObjects', ...DEFAULT, inList: false, required: [] },
  { uri: 'item:ReminderDueBy', ...DATE, ...ALL, ...SOME_DATE, settable: 'always' },
  { uri: 'item:ReminderIsSet', ...FLAG, ...ALL, settable: 'always' },
  { uri: 'item:ReminderNextTime', ...DATE, since: 'Exchange2013' },
  { uri: 'item:ReminderMinutesBeforeStart', kind: 'int', maximum: 2_629_800, ...ALL, required: 0, settable: 'always' },
  { uri: 'item:DisplayCc', ...TEXT, ...ALL },
  { uri: 'item:DisplayTo', ...TEXT, ...ALL },
  { uri: 'item:DisplayBcc', ...TEXT, since: 'Exchange2013' },
  { uri: 'item:HasAttachments', ...FLAG, ...DEFAULT },
] as const satisfies readonly PropertyRow[];

/** The rest of ItemType. */
export const ITEM_ROWS_AFTER_EXTENDED = [
  // Calculated from a number, so that the store cannot look for it (exchangelib's tests, run against Exchange Online).
  { uri: 'item:Culture', kind: 'language', ...ALL, settable: 'always', comparable: false, sortable: false },
  { uri: 'item:EffectiveRights', kind: 'effectiveRights', ...ALL },
  { uri: 'item:LastModifiedName', ...TEXT, ...ALL },
  { uri: 'item:LastModifiedTime', ...DATE, ...ALL, ...SOME_DATE },
  { uri: 'item:IsAssociated', ...FLAG, ...DEFAULT, since: 'Exchange2010', settable: 'create' },
  { uri: 'item:WebClientReadFormQueryString', ...TEXT, ...ALL, since: 'Exchange2010' },
  { uri: 'item:WebClientEditFormQueryString', ...TEXT, ...ALL, since: 'Exchange2010' },
  { uri: 'item:ConversationId', kind: 'itemId', ...ALL, since: 'Exchange2010' },
  { uri: 'item:UniqueBody', ...NAMED_BODY, since: 'Exchange2010', required: { type: 'Text', text: '' } },
  {
    uri: 'item:Flag',
    kind: 'flag',
    ...ALL,
    since: 'Exchange2013',
    required: { status: 'NotFlagged' },
    settable: 'always',
  },
  { uri: 'item:StoreEntryId', kind: 'binary', since: 'Exchange2010_SP2' },
  { uri: 'item:InstanceKey', kind: 'binary', ...ALL, since: 'Exchange2013', comparable: false, sortable: false },
  { uri: 'item:NormalizedBody', ...NAMED_BODY, since: 'Exchange2013', required: { type: 'HTML', text: '' } },
  { uri: 'item:EntityExtractionResult', ...UNSERVED_2013 },
  { uri: 'item:PolicyTag', kind: 'retentionTag', ...ALL, since: 'Exchange2013', settable: 'always' },
  { uri: 'item:ArchiveTag', kind: 'retentionTag', ...ALL, since: 'Exchange2013', settable: 'always' },
  { uri: 'item:RetentionDate', ...DATE, ...ALL, since: 'Exchange2013' },
  { uri: 'item:Preview', ...TEXT, ...ALL, since: 'Exchange2013' },
  { uri: 'item:RightsManagementLicenseData', ...UNSERVED_2013 },
  { uri: 'item:PredictedActionReasons', ...UNSERVED_2013 },
  { uri: 'item:IsClutter', kind: 'boolean', since: 'Exchange2013' },
  { uri: 'item:BlockStatus', ...UNSERVED_2013 },
  { uri: 'item:HasBlockedImages', ...UNSERVED_2013 },
  { uri: 'item:TextBody', ...NAMED_BODY, since: 'Exchange2013', required: { type: 'Text', text: '' } },
  { uri: 'item:IconIndex', kind: 'enum', values: ICONS, ...ALL, since: 'Exchange2013', required: 'Default' },
  { uri: 'item:Hashtags', ...UNSERVED_2015 },
  { uri: 'item:Mentions', ...UNSERVED_2015 },
  { uri: 'item:MentionedMe', ...UNSERVED_2015 },
  { uri: 'item:MentionsPreview', ...UNSERVED_2015 },
  { uri: 'item:MentionsEx', ...UNSERVED_2015 },
  { uri: 'item:AppliedHashtags', ...UNSERVED_2015 },
  { uri: 'item:AppliedHashtagsPreview', ...UNSERVED_2015 },
  { uri: 'item:Likes', ...UNSERVED_2015 },
  { uri: 'item:LikesPreview', ...UNSERVED_2015 },
  { uri: 'item:PendingSocialActivityTagIds', ...UNSERVED_2015 },
  { uri: 'item:AtAllMention', ...UNSERVED_2015 },
  { uri: 'item:CanDelete', ...UNSERVED_2015 },
  {
    uri: 'item:InferenceClassification',
    kind: 'enum',
    values: INFERENCE,
    since: 'Exchange2016',
    settable: 'always',
  },
  // Names that types.xsd has without an element for them.
  { uri: 'item:MimeContentUTF8', kind: 'unserved', since: 'Exchange2013_SP1' },
  { uri: 'item:FirstBody', ...UNSERVED_2015 },
] as const satisfies readonly PropertyRow[];

/** What MessageType adds. */
export const MESSAGE_ROWS = [
  { uri: 'message:Sender', kind: 'mailbox', ...ALL, settable: 'draft' },
  { uri: 'message:ToRecipients', ...RECIPIENTS },
  { uri: 'message:CcRecipients', ...RECIPIENTS, ...ALL },
  { uri: 'message:BccRecipients', ...RECIPIENTS, ...ALL },
  { uri: 'message:IsReadReceiptRequested', ...FLAG, ...DEFAULT, settable: 'draft' },
  { uri: 'message:IsDeliveryReceiptRequested', ...FLAG, ...DEFAULT, settable: 'draft' },
  { uri: 'message:ConversationIndex', kind: 'binary', ...ALL },
  { uri: 'message:ConversationTopic', ...TEXT, ...ALL },
  { uri: 'message:From', kind: 'mailbox', ...DEFAULT, settable: 'draft' },
  { uri: 'message:InternetMessageId', ...TEXT, ...ALL, settable: 'draft' },
  { uri: 'message:IsRead', ...FLAG, ...DEFAULT, settable: 'always' },
  { uri: 'message:IsResponseRequested', ...FLAG, ...ALL, settable: 'always' },
  { uri: 'message:References', ...TEXT, ...ALL, settable: 'draft' },
  { uri: 'message:ReplyTo', ...RECIPIENTS, ...ALL },
  { uri: 'message:ReceivedBy', kind: 'mailbox', ...ALL },
  { uri: 'message:ReceivedRepresenting', kind: 'mailbox', ...ALL },
  { uri: 'message:ApprovalRequestData', ...UNSERVED_2013, inList: false },
  { uri: 'message:VotingInformation', ...UNSERVED_2013, inList: false },
  { uri: 'message:ReminderMessageData', kind: 'unserved', since: 'Exchange2013_SP1' },
  { uri: 'message:MessageSafety', ...UNSERVED_2015 },
] as const satisfies readonly PropertyRow[];

/** What PostItemType has beyond those of MessageType. */
export const POST_ROWS = [
  { uri: 'postitem:PostedTime', ...DATE, ...ALL, ...SOME_DATE },
] as const satisfies readonly PropertyRow[];

type ItemRow = (typeof ITEM_ROWS_BEFORE_EXTENDED)[number] | (typeof ITEM_ROWS_AFTER_EXTENDED)[number];
/** The row of a message's property, as a type. */
export type MessageRow = ItemRow | (typeof MESSAGE_ROWS)[number];

export type ItemFieldUri = ItemRow['uri'];
/** Every property that a message may be asked for. */
export type MessageFieldUri = MessageRow['uri'];
/** Those that answers may have. */
export type ServedMessageFieldUri = Exclude<MessageRow, { readonly kind: 'unserved' }>['uri'];
/** The type of a property's value. */
export type MessageValue<Uri extends MessageFieldUri> = ValueOfRow<Extract<MessageRow, { readonly uri: Uri }>>;
