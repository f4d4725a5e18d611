/**
 * What the tables of the Graph backend cannot say about themselves: how an operation differs from Exchange's own
 * answer, and where a property's value comes from if from no member of a message. Kept true by hand.
 */

/** By operation that is served. */
export const OPERATION_NOTES: Readonly<Record<string, string>> = {
  ConvertId:
    'done in the gateway, without a request to Graph; an id of an unknown form, and one of another mailbox as ' +
    '`EwsLegacyId`, is `ErrorInvalidIdMalformed`',
  CopyFolder: 'within one mailbox only; a copy that got no answer is not repeated',
  CopyItem: 'within one mailbox only; a copy that got no answer is not repeated, since nobody can tell two apart',
  CreateAttachment:
    'files of up to 150 MB where the cloud has upload sessions, else 3 MB; messages of up to 4 MB, and no other ' +
    'items; ParentItemId/@ChangeKey is not compared',
  CreateFolder: 'folders for mail only (`IPF.Note`, `IPF.Imap` or no class); none in the root',
  CreateFolderPath: 'folders for mail only; a folder that is there already is found by its name',
  CreateItem:
    'messages only, and no associated items; MIME is posted as it is up to 2.2 MB, larger MIME is taken apart (its ' +
    'own headers beyond five are lost), signed or encrypted MIME above that size is `ErrorMessageSizeExceeded`; MIME ' +
    'that is to be no draft (PidTagMessageFlags) is taken apart at any size; what fails half-way is removed again; ' +
    'sending needs Mail.Send; a copy that is to be kept elsewhere than in Sent Items is moved there from Sent Items; ' +
    'replies and forwards quote as Graph does; SuppressReadReceipt is `ErrorInvalidOperation` unless ' +
    '`receiptsCanBeWithdrawn` was measured or set; meetings cannot be answered',
  DeleteAttachment: 'those of attached messages cannot be deleted, as in Exchange',
  DeleteFolder:
    'SoftDelete is a DELETE, and another one where that leaves the folder in Deleted Items ' +
    '(`deletedFoldersRecoverable`); HardDelete as for items',
  DeleteItem:
    'HardDelete where the cloud has no permanent deletion: by `graph.hardDelete`, moved to the recoverable items ' +
    'or refused; SoftDelete is a DELETE, or a move to the recoverable items where DELETE leaves a message in Deleted ' +
    'Items (`deletedMessagesRecoverable`)',
  EmptyFolder:
    'message by message, in batches; where that takes longer than a client waits, `ErrorServerBusy`, and a second ' +
    'request goes on',
  ExpandDL:
    'needs GroupMember.Read.All, and no personal account; lists whose members follow from a rule are no groups of ' +
    'Graph',
  FindConversation:
    'put together from the messages of the folder, up to 20,000; no QueryString; the newest conversation first',
  FindFolder: 'folders for mail only; restrictions are judged in the gateway',
  FindItem:
    'Shallow only: Associated and SoftDeleted find nothing; no GroupBy, no QueryString, no CalendarView; what Graph ' +
    'cannot filter or sort is read and judged in the gateway, and takes longer. TotalItemsInView is exact without a ' +
    'restriction, for read or unread mail alone, in fractional views, in orders that the gateway sorts, and on the ' +
    'last page; else it is what was found so far, and one more. IncludesLastItemInRange is false too where nothing ' +
    'more fits, if the next three pages of rows (of 100 or more each) do not tell: the next page is then empty, and ' +
    'the last. A client that asks for what follows its last page gets that, although rows were moved or marked ' +
    'meanwhile: with offset += n while marking read, where Exchange skips some, none is skipped',
  GetAttachment:
    'links to files elsewhere (reference attachments) have no content; attached messages up to 50 MB; with ' +
    'FilterHtmlContent the HTML of an attached message loses all its formatting',
  GetConversationItems: 'up to 100 messages of a conversation, without MIME content and without a SyncState',
  GetEvents:
    'Graph is asked when the client asks; a watermark behind an event in the middle of an answer gives that answer ' +
    'again; a watermark that Graph has forgotten is `ErrorInvalidWatermark`',
  GetFolder:
    'folders for mail; calendar and contacts open, empty and without rights, and are `ErrorAccessDenied` for ' +
    'everything else; tasks, public folders and archives are `ErrorFolderNotFound`',
  GetInboxRules: 'needs MailboxSettings.Read; rules that only an Outlook carries out are not among them',
  GetItem:
    'calendar items, contacts and tasks are not served; meeting requests come as the messages they are; properties ' +
    'that another kind of item has are left out, where Exchange refuses them to clients of Exchange2007',
  GetMailTips: 'as Graph gives them, of those that EWS has',
  GetServiceConfiguration: 'the limits of MailTips that Exchange Online has by default; nothing else',
  GetStreamingEvents:
    'a folder is looked at every `graph.pollSeconds`, once for all streams; a subscription goes on for 30 minutes ' +
    'without a connection, with another gateway only from its beginning; else it is `ErrorSubscriptionNotFound`',
  GetUserAvailability:
    'needs Calendars.ReadBasic.All, and no personal account; free and busy times without subjects (Detailed is ' +
    'answered as FreeBusy), no suggestions of meeting times, no working hours',
  GetUserConfiguration: 'none is found (`ErrorItemNotFound`): Graph has none',
  GetUserOofSettings: 'needs MailboxSettings.Read; AllowExternalOof is always All',
  MarkAllItemsAsRead:
    'message by message, as EmptyFolder; with SuppressReadReceipts messages that ask for a receipt stay unread, and ' +
    'the folder is `ErrorInvalidOperation`, unless `receiptsCanBeWithdrawn`',
  MarkAsJunk: 'moves only: the list of blocked senders is not reached',
  MoveFolder: 'within one mailbox only; a move that got no answer is looked for before it is called failed',
  MoveItem: 'within one mailbox only; a move that got no answer is looked for before it is called failed',
  ResolveNames:
    'mailboxes that the caller may open are found without a permission; others need User.ReadBasic.All and are ' +
    'found by the beginning of a name or address; the contact (ReturnFullContactData) has names and one address',
  SendItem:
    'needs Mail.Send; a draft that got no answer is looked for, and not sent again; a copy that is to be kept ' +
    'elsewhere than in Sent Items is moved there from Sent Items',
  Subscribe:
    'moves and copies show as DeletedEvent and CreatedEvent; no events of folders (and no UnreadCount), none of ' +
    'FreeBusyChanged; at most 20 folders, or the whole mailbox for NewMail and Created; with these two alone only ' +
    'mail of the last ten minutes counts as new, so that older mail that is moved in has no event; with others the ' +
    'folder is listed first, and what is removed meanwhile has no event; push subscriptions go to ' +
    'the hosts of `graph.pushTo` (others: `ErrorInvalidPushSubscriptionUrl`), and are over after a restart',
  SyncFolderHierarchy:
    'folders for mail only, no hidden ones; a folder shows as changed also where only its counters have',
  SyncFolderItems:
    'no associated items; whether a message is new or changed follows from the order of ids; a message that is ' +
    'removed while a folder is listed for the first time may be reported as deleted; a state that Graph has ' +
    'forgotten (by experience after a few rounds) is `ErrorInvalidSyncStateData`',
  Unsubscribe: 'the gateway that gets it knows; another one with the same key would go on',
  UpdateFolder: 'the display name and extended properties',
  UpdateItem:
    'one PATCH for all changes of an item; MIME only as it was read; setting IsRead sends a read receipt that was ' +
    'asked for (SuppressReadReceipts counts where `receiptsCanBeWithdrawn`); NeverOverwrite compares the change key ' +
    'before it writes',
};

/** An application permission of Microsoft Graph, besides Mail.ReadWrite. */
export interface OperationPermission {
  readonly name: string;
  /** Whether the operation can do nothing without it; else that depends on what a program asks for. */
  readonly always: boolean;
  /** What the sign-in of a mailbox asks for in its place; undefined where that is not asked for. */
  readonly delegated: string | undefined;
}

/** By operation. @see https://learn.microsoft.com/graph/permissions-reference */
export const OPERATION_PERMISSIONS: Readonly<Record<string, OperationPermission>> = {
  CreateItem: { name: 'Mail.Send', always: false, delegated: 'Mail.Send' },
  // Only an administrator can consent to it.
  ExpandDL: { name: 'GroupMember.Read.All', always: true, delegated: undefined },
  GetInboxRules: { name: 'MailboxSettings.Read', always: true, delegated: 'MailboxSettings.Read' },
  GetUserAvailability: { name: 'Calendars.ReadBasic.All', always: true, delegated: 'Calendars.ReadBasic' },
  GetUserOofSettings: { name: 'MailboxSettings.Read', always: true, delegated: 'MailboxSettings.Read' },
  // More than an import should ask a person for.
  ResolveNames: { name: 'User.ReadBasic.All', always: false, delegated: undefined },
  SendItem: { name: 'Mail.Send', always: true, delegated: 'Mail.Send' },
};

/** By FieldURI: what stands in place of the members of a message. */
export const SOURCE_NOTES: Readonly<Record<string, string>> = {
  'item:MimeContent': '`$value` of the message',
  'item:EffectiveRights': 'constant: read, modify, delete',
  'item:IsAssociated': 'constant: false',
  'item:PolicyTag': 'nothing: Graph does not tell',
  'item:ArchiveTag': 'nothing: Graph does not tell',
  'folder:EffectiveRights': 'constant: everything but associated items',
  'folder:DistinguishedFolderId': 'the well-known names, asked once for each mailbox',
  'folder:PolicyTag': 'nothing: Graph does not tell',
  'folder:ArchiveTag': 'nothing: Graph does not tell',
};
