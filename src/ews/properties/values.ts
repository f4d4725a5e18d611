/** Values of EWS properties, by kind, as they are before they become XML. */
import type { Readable } from 'node:stream';

export interface Mailbox {
  readonly name: string | undefined;
  readonly address: string | undefined;
  /** SMTP if it is left out. */
  readonly routingType?: string;
  readonly mailboxType?: 'Mailbox' | 'OneOff' | 'Contact' | 'PublicDL' | 'PrivateDL' | 'Unknown';
}

export interface Body {
  readonly type: 'HTML' | 'Text';
  readonly text: string;
  readonly isTruncated?: boolean;
}

/** Of an item or a folder. */
export interface Id {
  readonly id: string;
  readonly changeKey?: string | undefined;
}

export interface InternetHeader {
  readonly name: string;
  readonly value: string;
}

/** Raw bytes, whole or as they come; the writers encode them. A stream is read once. */
export type BinaryContent = Uint8Array | Readable;

export interface Mime {
  readonly content: BinaryContent;
  /** UTF-8 if it is left out. */
  readonly characterSet?: string;
}

export interface Flag {
  readonly status: 'NotFlagged' | 'Flagged' | 'Complete';
  readonly startDate?: Date | undefined;
  readonly dueDate?: Date | undefined;
  readonly completeDate?: Date | undefined;
}

export interface EffectiveRights {
  readonly createAssociated: boolean;
  readonly createContents: boolean;
  readonly createHierarchy: boolean;
  readonly delete: boolean;
  readonly modify: boolean;
  readonly read: boolean;
  readonly viewPrivateItems: boolean;
}

export interface RetentionTag {
  /** GUID. */
  readonly id: string;
  readonly isExplicit: boolean;
}

/** What a client may answer an item with. */
export type ResponseObject =
  | 'AcceptItem'
  | 'TentativelyAcceptItem'
  | 'DeclineItem'
  | 'ReplyToItem'
  | 'ForwardItem'
  | 'ReplyAllToItem'
  | 'CancelCalendarItem'
  | 'RemoveItem'
  | 'SuppressReadReceipt'
  | 'PostReplyItem'
  | 'ProposeNewTime';

export interface AttachmentId {
  readonly id: string;
  readonly rootItemId?: string;
  readonly rootItemChangeKey?: string;
}

/** An attachment without its content. */
export interface Attachment {
  readonly kind: 'file' | 'item' | 'reference';
  readonly id: string;
  readonly name: string;
  readonly contentType?: string | undefined;
  /** Without angle brackets. */
  readonly contentId?: string | undefined;
  readonly contentLocation?: string | undefined;
  /** Bytes. */
  readonly size: number;
  readonly lastModifiedTime?: Date | undefined;
  readonly isInline: boolean;
  readonly isContactPhoto?: boolean;
}

export interface Attendee {
  readonly mailbox: Mailbox;
  readonly responseType?: 'Unknown' | 'Organizer' | 'Tentative' | 'Accept' | 'Decline' | 'NoResponseReceived';
  readonly lastResponseTime?: Date | undefined;
}

export interface PropertyValues {
  readonly string: string;
  /** RFC 3066, for example en-US. */
  readonly language: string;
  readonly boolean: boolean;
  readonly int: number;
  readonly dateTime: Date;
  /** One of the row's values. */
  readonly enum: string;
  /** Base64. */
  readonly binary: string;
  readonly strings: readonly string[];
  readonly mailbox: Mailbox;
  readonly recipients: readonly Mailbox[];
  readonly attendees: readonly Attendee[];
  readonly body: Body;
  readonly headers: readonly InternetHeader[];
  readonly itemId: Id;
  readonly folderId: Id;
  readonly attachmentId: AttachmentId;
  readonly attachments: readonly Attachment[];
  readonly flag: Flag;
  readonly effectiveRights: EffectiveRights;
  readonly responseObjects: readonly ResponseObject[];
  readonly retentionTag: RetentionTag;
  readonly mime: Mime;
  readonly content: BinaryContent;
  readonly unserved: never;
}

export type PropertyKind = keyof PropertyValues;
export type PropertyValue = PropertyValues[PropertyKind];

/** The type of the value that a row of a table stands for. */
export type ValueOfRow<Row extends { readonly kind: PropertyKind }> = Row extends {
  readonly values: readonly (infer Value)[];
}
  ? Value
  : PropertyValues[Row['kind']];
