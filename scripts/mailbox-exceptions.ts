/**
 * What a derivation from the schemas cannot know about elements that name a mailbox: which of them open nothing.
 * Reviewed by hand; scripts/mailbox-places.ts refuses an entry that the schemas do not have.
 */

/** Elements and attributes as `owner/name`: the type (or element) they stand in, and their own name. */
export interface MailboxException {
  readonly places: readonly string[];
  /** Why no mailbox is opened, or who has allowed it: the text behind a dash in docs/operations.md. */
  readonly reason: string;
}

export const EXCEPTIONS: readonly MailboxException[] = [
  {
    places: [
      'ArrayOfRecipientsType/Mailbox',
      'SingleRecipientType/Mailbox',
      'AttendeeType/Mailbox',
      'MessageType/SenderSMTPAddress',
    ],
    reason: 'senders, recipients and attendees of mail, and the recipients that GetMailTips asks about',
  },
  {
    places: [
      'MemberType/Mailbox',
      'ContactItemType/AccountName',
      'AbchEmailAddressDictionaryEntryType/Address',
      'AbchPersonContactHandle/AccountName',
      'ContactUrlDictionaryEntryType/Address',
      'NetworkItemType/AccountName',
      'NetworkItemType/UserEmail',
      'ContactsFolderType/AccountName',
    ],
    reason: 'fields of a contact, a distribution list or their folder',
  },
  {
    places: [
      'AddressEntityType/Address',
      'ArrayOfAddressesType/Address',
      'ArrayOfExtractedEmailAddresses/EmailAddress',
      'EmailAddressEntityType/EmailAddress',
      'AppliedHashtagType/CreatedBy',
      'LikeType/CreatedBy',
      'MentionActionType/CreatedBy',
      'MentionActionType/Mentioned',
      'MailboxGuids/MailboxGuid',
      'PersonaPostalAddressType/FormattedAddress',
      'ParcelDeliveryEntityType/StreetAddress',
    ],
    reason: 'properties of an item: what Exchange found in its text, tags and mentions',
  },
  {
    places: [
      'ExpandDLType/Mailbox',
      'GetRoomsType/RoomList',
      'GetPersonaType/EmailAddress',
      'AddDistributionGroupToImListType/SmtpAddress',
      'AddNewImContactToGroupType/ImAddress',
      'AddNewTelUriContactToGroupType/ImContactSipUriAddress',
      'AddNewTelUriContactToGroupType/TelUriAddress',
    ],
    reason: "look-ups of people, rooms and lists in the directory, and entries of the caller's own contact list",
  },
  {
    places: ['MailboxData/Email', 'ArrayOfSmtpAddressType/SmtpAddress', 'MeetingTimeCandidatesConstraintItem/Email'],
    reason:
      'GetUserAvailability and the look for meeting times, which Exchange answers from published free/busy ' +
      'times, and the recipients of GetSharingMetadata',
  },
  {
    places: ['UserIdType/PrimarySmtpAddress', 'UserIdType/ExternalUserIdentity'],
    reason: 'who is given rights on a folder or as a delegate: that needs UpdateFolder, or AddDelegate by name',
  },
  {
    places: ['ArrayOfEmailAddressesType/Address'],
    reason: 'conditions and recipients of inbox rules: UpdateInboxRules is granted by name only',
  },
  {
    places: [
      'FindMessageTrackingReportRequestType/FederatedDeliveryMailbox',
      'FindMessageTrackingReportRequestType/PurportedSender',
      'FindMessageTrackingReportRequestType/Recipient',
      'FindMessageTrackingReportRequestType/Sender',
      'GetMessageTrackingReportRequestType/RecipientFilter',
    ],
    reason: 'message tracking, which is granted by name only',
  },
  {
    places: [
      'MailboxSearchScopeType/Mailbox',
      'NonEmptyArrayOfLegacyDNsType/LegacyDN',
      'SetHoldOnMailboxesType/Mailboxes',
      'SetHoldOnMailboxesType/InPlaceHoldIdentity',
    ],
    reason: 'discovery and hold across mailboxes, which are granted by name only',
  },
  {
    places: ['AlternateIdType/@Mailbox'],
    reason: "ConvertId's attribute: it is written into an id and opens nothing",
  },
];

/** Places that these schemas do not have; judged because other generations of Exchange may. */
export const ADDITIONAL: readonly (readonly string[])[] = [['FolderId', 'Mailbox', 'EmailAddress']];
