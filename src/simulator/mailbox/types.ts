/** What a mailbox holds, in names that are neither EWS's nor Graph's where those differ. All is read-only data. */
import type { LongTermId } from '../../ews/ids/entry-id.ts';
import type { ExtendedProperties } from './extended-properties.ts';

export interface Recipient {
  /** Empty where there is none. */
  readonly name: string;
  /** SMTP address. */
  readonly address: string;
}

export interface Header {
  /** As it was written. */
  readonly name: string;
  readonly value: string;
}

/** Follow-up flag. */
export interface Flag {
  readonly status: 'notFlagged' | 'flagged' | 'complete';
  readonly start?: Date;
  readonly due?: Date;
  readonly completed?: Date;
}

export type Importance = 'low' | 'normal' | 'high';
export type Sensitivity = 'normal' | 'personal' | 'private' | 'confidential';

/** What a message says: of an item in a folder as well as of one attached to another. */
export interface MessageContent {
  /** For example IPM.Note, IPM.Schedule.Meeting.Request or REPORT.IPM.Note.NDR. */
  readonly itemClass: string;
  readonly subject: string;
  /** The HTML body; with it the plain text is an alternative, without it the body. */
  readonly bodyHtml: string | undefined;
  readonly bodyText: string | undefined;
  readonly from: Recipient | undefined;
  /** Who sent it in fact, where that is not `from`. */
  readonly sender: Recipient | undefined;
  readonly to: readonly Recipient[];
  readonly cc: readonly Recipient[];
  /** Only the sender's copy has any. */
  readonly bcc: readonly Recipient[];
  readonly replyTo: readonly Recipient[];
  readonly sentAt: Date | undefined;
  readonly importance: Importance;
  readonly sensitivity: Sensitivity;
  readonly isReadReceiptRequested: boolean;
  readonly isDeliveryReceiptRequested: boolean;
  readonly internetMessageId: string | undefined;
  readonly inReplyTo: string | undefined;
  readonly references: string | undefined;
  /** PidTagConversationIndex: 22 bytes, and 5 for each reply where the message brought it. */
  readonly conversationIndex: Buffer;
  /** The subject without its prefix. */
  readonly conversationTopic: string;
  /** In the order of the message, repeated ones included. */
  readonly headers: readonly Header[];
  readonly attachments: readonly Attachment[];
  /** As it came; undefined once the content was changed, until someone asks for it (Mailbox.mimeOf). */
  readonly mime: Buffer | undefined;
}

interface AttachmentProperties {
  /** In EWS's alphabet; changes with the id of the item. */
  readonly id: string;
  /** The part of the id that is the attachment's own, as hexadecimal text. */
  readonly level: string;
  readonly name: string;
  /** Without angle brackets. */
  readonly contentId: string | undefined;
  readonly contentLocation: string | undefined;
  readonly contentType: string;
  readonly isInline: boolean;
  readonly modifiedAt: Date;
  /** Bytes. */
  readonly size: number;
}

export interface FileAttachment extends AttachmentProperties {
  readonly kind: 'file';
  readonly content: Buffer;
}

/** A message in a message; it has attachments of its own, to any depth. */
export interface ItemAttachment extends AttachmentProperties {
  readonly kind: 'item';
  readonly item: MessageContent;
}

/** A link to a file in the cloud. */
export interface ReferenceAttachment extends AttachmentProperties {
  readonly kind: 'reference';
  readonly url: string;
}

export type Attachment = FileAttachment | ItemAttachment | ReferenceAttachment;

/** An attachment before it has a place in a mailbox. */
export type NewAttachment =
  | Omit<FileAttachment, 'id' | 'level' | 'modifiedAt' | 'size'>
  | Omit<ReferenceAttachment, 'id' | 'level' | 'modifiedAt' | 'size'>
  | (Omit<ItemAttachment, 'id' | 'level' | 'modifiedAt' | 'size' | 'item'> & { readonly item: NewMessage });

/** A message before it has a place in a mailbox. */
export type NewMessage = Omit<MessageContent, 'attachments'> & { readonly attachments: readonly NewAttachment[] };

/** An item in a folder. Each change makes a new object; what a caller holds stays as it was. */
export interface Item extends MessageContent {
  /** In EWS's alphabet; changes when the item moves. */
  readonly id: string;
  readonly key: LongTermId;
  readonly folderId: string;
  /** Differs after each change. */
  readonly changeKey: string;
  /** PidTagSearchKey, 16 bytes as hexadecimal text: stays when the item moves, and a copy has the same. */
  readonly searchKey: string;
  /** PidTagInternetArticleNumber: grows with each item that comes into the folder. */
  readonly articleNumber: number;
  /** Position in the change log at which the item came into its folder. */
  readonly arrivedAt: number;
  readonly conversationId: string;
  readonly receivedAt: Date;
  readonly createdAt: Date;
  /** Stays when only the read flag changes. */
  readonly modifiedAt: Date;
  /** Display name of who changed it last. */
  readonly modifiedBy: string;
  readonly isRead: boolean;
  readonly isDraft: boolean;
  /** Not changed since it was created. */
  readonly isUnmodified: boolean;
  readonly categories: readonly string[];
  readonly flag: Flag;
  readonly inferenceClassification: 'focused' | 'other';
  readonly extended: ExtendedProperties;
  /** Bytes of the MIME as it came, else of what the item consists of. */
  readonly size: number;
}

/** What may be set on an item. */
export type ItemChanges = Partial<
  Omit<
    Item,
    | 'id'
    | 'key'
    | 'folderId'
    | 'changeKey'
    | 'searchKey'
    | 'articleNumber'
    | 'arrivedAt'
    | 'attachments'
    | 'mime'
    | 'size'
    | 'conversationId'
    | 'isUnmodified'
  >
>;

export interface Folder {
  /** In EWS's alphabet; stays when the folder is renamed or moved, as its entry id does. */
  readonly id: string;
  readonly key: LongTermId;
  readonly parentId: string | undefined;
  readonly displayName: string;
  /** For example IPF.Note. */
  readonly folderClass: string;
  /** For example inbox, the name both services know it by; undefined for folders that users made. */
  readonly wellKnownName: string | undefined;
  readonly isHidden: boolean;
  readonly isSearchFolder: boolean;
  readonly changeKey: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly extended: ExtendedProperties;
}

/** What a folder counts, kept with each change. */
export interface FolderCounts {
  readonly total: number;
  readonly unread: number;
  /** Hidden ones included. */
  readonly childFolders: number;
  readonly hiddenChildFolders: number;
  /** Bytes. */
  readonly size: number;
}

/** To Deleted Items, to Recoverable Items, or away. */
export type DeleteMode = 'moveToDeletedItems' | 'soft' | 'hard';

/** The body as a client sees it. */
export function bodyOf({ bodyHtml, bodyText }: MessageContent): {
  readonly type: 'html' | 'text';
  readonly content: string;
} {
  return bodyHtml === undefined ? { type: 'text', content: bodyText ?? '' } : { type: 'html', content: bodyHtml };
}

/** Inline attachments alone do not count, in either service. */
export function hasAttachments({ attachments }: MessageContent): boolean {
  return attachments.some(({ isInline }) => !isInline);
}
