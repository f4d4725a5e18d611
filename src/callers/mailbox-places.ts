/** Made by scripts/mailbox-places.ts from the schemas of EWS; every change is reviewed. */

/** Elements that name a mailbox to be opened, in any operation, by the end of their path. */
export const COMMON_PLACES: readonly (readonly string[])[] = [
  ['CustomSearchScope', 'MailboxGuid'],
  ['DistinguishedFolderId', 'Mailbox', 'EmailAddress'],
  ['DistinguishedFolderId', 'Mailbox', 'ExternalObjectId'],
  ['DistinguishedFolderId', 'Mailbox', 'PrimaryEmailAddress'],
  ['FolderId', 'Mailbox', 'EmailAddress'],
  ['SingleLargeArchiveSearchScope', 'MailboxGuid'],
  ['WellKnownFolder', 'Mailbox', 'EmailAddress'],
  ['WellKnownFolder', 'Mailbox', 'ExternalObjectId'],
  ['WellKnownFolder', 'Mailbox', 'PrimaryEmailAddress'],
];

/** The same in one operation, whose element their path begins with. */
export const OPERATION_PLACES: readonly (readonly string[])[] = [
  ['AddDelegate', 'Mailbox', 'EmailAddress'],
  ['AddDelegate', 'Mailbox', 'ExternalObjectId'],
  ['AddDelegate', 'Mailbox', 'PrimaryEmailAddress'],
  ['CreateManagedFolder', 'Mailbox', 'EmailAddress'],
  ['CreateManagedFolder', 'Mailbox', 'ExternalObjectId'],
  ['CreateManagedFolder', 'Mailbox', 'PrimaryEmailAddress'],
  ['GetDelegate', 'Mailbox', 'EmailAddress'],
  ['GetDelegate', 'Mailbox', 'ExternalObjectId'],
  ['GetDelegate', 'Mailbox', 'PrimaryEmailAddress'],
  ['GetInboxRules', 'MailboxSmtpAddress'],
  ['GetMailTips', 'SendingAs', 'EmailAddress'],
  ['GetMailTips', 'SendingAs', 'ExternalObjectId'],
  ['GetMailTips', 'SendingAs', 'PrimaryEmailAddress'],
  ['GetPasswordExpirationDate', 'MailboxSmtpAddress'],
  ['GetServiceConfiguration', 'ActingAs', 'EmailAddress'],
  ['GetServiceConfiguration', 'ActingAs', 'ExternalObjectId'],
  ['GetServiceConfiguration', 'ActingAs', 'PrimaryEmailAddress'],
  ['GetSharingFolder', 'SmtpAddress'],
  ['GetSharingMetadata', 'SenderSmtpAddress'],
  ['GetUserOofSettingsRequest', 'Mailbox', 'Address'],
  ['GetUserPhoto', 'Email'],
  ['RemoveDelegate', 'Mailbox', 'EmailAddress'],
  ['RemoveDelegate', 'Mailbox', 'ExternalObjectId'],
  ['RemoveDelegate', 'Mailbox', 'PrimaryEmailAddress'],
  ['SetTeamMailbox', 'EmailAddress', 'EmailAddress'],
  ['SetTeamMailbox', 'EmailAddress', 'ExternalObjectId'],
  ['SetTeamMailbox', 'EmailAddress', 'PrimaryEmailAddress'],
  ['SetUserOofSettingsRequest', 'Mailbox', 'Address'],
  ['SetUserPhoto', 'Email'],
  ['UnpinTeamMailbox', 'EmailAddress', 'EmailAddress'],
  ['UnpinTeamMailbox', 'EmailAddress', 'ExternalObjectId'],
  ['UnpinTeamMailbox', 'EmailAddress', 'PrimaryEmailAddress'],
  ['UpdateDelegate', 'Mailbox', 'EmailAddress'],
  ['UpdateDelegate', 'Mailbox', 'ExternalObjectId'],
  ['UpdateDelegate', 'Mailbox', 'PrimaryEmailAddress'],
  ['UpdateInboxRules', 'MailboxSmtpAddress'],
];

/** Operations with an element around one of the same name that is to be read. */
export const HOLDERS: ReadonlyMap<string, string> = new Map([
  ['GetPersona', 'EmailAddress'],
  ['SetTeamMailbox', 'EmailAddress'],
  ['UnpinTeamMailbox', 'EmailAddress'],
]);
