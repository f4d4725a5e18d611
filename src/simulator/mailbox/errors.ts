/** What a mailbox refuses; each service answers it with its own code. */

export type MailboxErrorCode =
  | 'attachmentNotFound'
  | 'changeKeyConflict'
  | 'folderExists'
  | 'folderNotFound'
  | 'invalidFolderName'
  | 'invalidMove'
  | 'invalidRecipients'
  | 'itemNotFound'
  | 'messageIsNoDraft'
  | 'quotaExceeded'
  | 'wellKnownFolder';

const MESSAGES: Readonly<Record<MailboxErrorCode, string>> = {
  attachmentNotFound: 'there is no such attachment',
  changeKeyConflict: 'the item has changed since',
  folderExists: 'the folder has a child of that name',
  folderNotFound: 'there is no such folder',
  invalidFolderName: 'the name of a folder may not be empty',
  invalidMove: 'a folder cannot go into itself or a folder below it',
  invalidRecipients: 'there is no recipient',
  itemNotFound: 'there is no such item',
  messageIsNoDraft: 'only a draft can be sent',
  quotaExceeded: 'the mailbox is full',
  wellKnownFolder: 'the folder belongs to every mailbox and stays as it is',
};

export class MailboxError extends Error {
  readonly code: MailboxErrorCode;

  constructor(code: MailboxErrorCode) {
    super(MESSAGES[code]);
    this.name = 'MailboxError';
    this.code = code;
  }
}
