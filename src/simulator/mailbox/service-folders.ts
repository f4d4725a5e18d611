/**
 * Folders that Exchange Online makes for itself and for other programs in every mailbox in use. Programs that walk all
 * folders meet them. They are not in each simulated mailbox, since most tests look at few folders.
 *
 * Names and classes: exchangelib's known folders, which its tests meet in Exchange Online.
 */
import type { Mailbox } from './mailbox.ts';

/** By the parent's well-known name: display name and class, '' for none. */
const FOLDERS: Readonly<Record<string, readonly (readonly [displayName: string, folderClass: string])[]>> = {
  root: [
    ['AllContacts', 'IPF.Note'],
    ['AllItems', 'IPF'],
    ['ApplicationDataRoot', 'IPM.ApplicationData'],
    ['Common Views', ''],
    ['Deferred Action', ''],
    ['ExchangeSyncData', ''],
    ['Finder', ''],
    ['Freebusy Data', ''],
    ['GraphAnalytics', 'IPF.StoreItem.GraphAnalytics'],
    ['Location', ''],
    ['MailboxAssociations', ''],
    ['MyContactsExtended', 'IPF.Note'],
    ['ParkedMessages', ''],
    ['PdpProfileV2Secured', 'IPF.StoreItem.PdpProfileSecured'],
    ['Recovery Points', 'IPF.StoreItem.RecoveryPoints'],
    ['Reminders', 'Outlook.Reminder'],
    ['Schedule', ''],
    ['Sharing', 'IPF.Note'],
    ['Shortcuts', ''],
    ['Signal', 'IPF.StoreItem.Signal'],
    ['SmsAndChatsSync', 'IPF.SmsAndChatsSync'],
    ['Spooler Queue', ''],
    ['System', ''],
    ['Views', ''],
  ],
  msgfolderroot: [
    ['Conversation Action Settings', 'IPF.Configuration'],
    ['RSS Feeds', 'IPF.Note.OutlookHomepage'],
  ],
  contacts: [
    ['GAL Contacts', 'IPF.Contact.GalContacts'],
    ['Organizational Contacts', 'IPF.Contact.OrganizationalContacts'],
    ['PeopleCentricConversation Buddies', 'IPF.Contact.PeopleCentricConversationBuddies'],
    ['Recipient Cache', 'IPF.Contact.RecipientCache'],
  ],
};

export function addServiceFolders(mailbox: Mailbox): void {
  for (const [parent, folders] of Object.entries(FOLDERS))
    for (const [displayName, folderClass] of folders)
      mailbox.createFolder(parent, { displayName, folderClass, isHidden: parent !== 'msgfolderroot' });
}
