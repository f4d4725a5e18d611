/**
 * The folders that every mailbox has: name, display name, class, parent, and the counter in the folder's id, which is
 * the same in every mailbox of Exchange (public sample ids; those marked * are made up). The top and the recoverable
 * items have no class (exchangelib's tests, run against Exchange Online).
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/distinguishedfolderid
 */
export interface WellKnownFolder {
  readonly name: string;
  readonly displayName: string;
  readonly folderClass: string;
  readonly parent: string | undefined;
  readonly counter: number;
  readonly isHidden?: boolean;
  readonly isSearchFolder?: boolean;
}

const TOP = 'msgfolderroot';
const RECOVERABLE = 'recoverableitemsroot';

export const WELL_KNOWN_FOLDERS: readonly WellKnownFolder[] = [
  // *
  { name: 'root', displayName: '', folderClass: 'IPF.Root', parent: undefined, counter: 0x101 },
  { name: TOP, displayName: 'Top of Information Store', folderClass: '', parent: 'root', counter: 0x108 },
  { name: 'inbox', displayName: 'Inbox', folderClass: 'IPF.Note', parent: TOP, counter: 0x10c },
  { name: 'drafts', displayName: 'Drafts', folderClass: 'IPF.Note', parent: TOP, counter: 0x10f },
  { name: 'outbox', displayName: 'Outbox', folderClass: 'IPF.Note', parent: TOP, counter: 0x10b },
  { name: 'sentitems', displayName: 'Sent Items', folderClass: 'IPF.Note', parent: TOP, counter: 0x109 },
  { name: 'deleteditems', displayName: 'Deleted Items', folderClass: 'IPF.Note', parent: TOP, counter: 0x10a },
  // *
  { name: 'junkemail', displayName: 'Junk Email', folderClass: 'IPF.Note', parent: TOP, counter: 0x11c },
  { name: 'calendar', displayName: 'Calendar', folderClass: 'IPF.Appointment', parent: TOP, counter: 0x10d },
  { name: 'contacts', displayName: 'Contacts', folderClass: 'IPF.Contact', parent: TOP, counter: 0x10e },
  { name: 'tasks', displayName: 'Tasks', folderClass: 'IPF.Task', parent: TOP, counter: 0x112 },
  // *
  { name: 'notes', displayName: 'Notes', folderClass: 'IPF.StickyNote', parent: TOP, counter: 0x111 },
  // *
  { name: 'journal', displayName: 'Journal', folderClass: 'IPF.Journal', parent: TOP, counter: 0x110 },
  // * (the counters of the folders below Recoverable Items, too)
  {
    name: RECOVERABLE,
    displayName: 'Recoverable Items',
    folderClass: '',
    parent: 'root',
    counter: 0x11a,
    isHidden: true,
  },
  {
    name: 'recoverableitemsdeletions',
    displayName: 'Deletions',
    folderClass: '',
    parent: RECOVERABLE,
    counter: 0x11b,
  },
  {
    name: 'recoverableitemspurges',
    displayName: 'Purges',
    folderClass: '',
    parent: RECOVERABLE,
    counter: 0x11d,
  },
  {
    name: 'recoverableitemsversions',
    displayName: 'Versions',
    folderClass: '',
    parent: RECOVERABLE,
    counter: 0x11e,
  },
];
