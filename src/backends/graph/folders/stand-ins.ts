/**
 * Folders that clients open before they do anything else, and that Graph's mail does not have: DavMail signs nobody in
 * whose mailbox has no calendar and no contacts. GetFolder shows them, empty and closed; everything else is refused
 * with ErrorAccessDenied, so that no client takes an empty calendar for a deleted one.
 *
 * Their ids are the gateway's own. Exchange's would have to be guessed from the Inbox's, and a wrong guess is the id of
 * another folder.
 *
 * See docs/decisions/folders-that-only-open.md.
 */
import { toGraphAlphabet } from '../../../ews/ids/alphabet.ts';
import { parseId, writeId, type FolderId, type ParsedId } from '../../../ews/ids/item-id.ts';
import { FOLDER_CLASS } from './folder-facts.ts';
import type { KnownMailbox } from '../mailbox-directory.ts';
import type { GraphFolder } from '../properties/folder.ts';

interface StandIn {
  readonly name: string;
  readonly displayName: string;
  readonly folderClass: string;
}

/** Their places in this list are in the ids. */
const STAND_INS: readonly StandIn[] = [
  { name: 'calendar', displayName: 'Calendar', folderClass: 'IPF.Appointment' },
  { name: 'contacts', displayName: 'Contacts', folderClass: 'IPF.Contact' },
];

/** In place of a mailbox's replica in the ids: a random GUID, as hexadecimal text. */
const REPLICA = '6f2c1d4e0b9a4c37a8e5d3917b40fe26';

/** Distinguished folder ids that only open. */
export const STAND_IN_NAMES: readonly string[] = STAND_INS.map(({ name }) => name);

/** The folder of a distinguished name; undefined where Graph has it itself, or nobody has. */
export function standInOf(mailbox: KnownMailbox, name: string): GraphFolder | undefined {
  return folderAt(mailbox, STAND_INS.findIndex((standIn) => standIn.name === name) + 1);
}

/** The folder that an id of {@link standInOf} means. */
export function standInById(mailbox: KnownMailbox, parsed: ParsedId): GraphFolder | undefined {
  if (parsed.kind !== 'folder' || parsed.folder.replica !== REPLICA) return undefined;
  return folderAt(mailbox, parsed.folder.counter);
}

/** @param place from 1 on */
function folderAt({ folders }: KnownMailbox, place: number): GraphFolder | undefined {
  const standIn = STAND_INS[place - 1];
  const inbox = parseId(folders.get('inbox') ?? '');
  if (standIn === undefined || inbox?.kind !== 'folder') return undefined;
  const id: FolderId = { ...inbox, folder: { replica: REPLICA, counter: place } };
  return {
    id: toGraphAlphabet(writeId(id)),
    displayName: standIn.displayName,
    parentFolderId: toGraphAlphabet(folders.get('msgfolderroot') ?? ''),
    childFolderCount: 0,
    totalItemCount: 0,
    unreadItemCount: 0,
    isClosed: true,
    singleValueExtendedProperties: [{ id: FOLDER_CLASS, value: standIn.folderClass }],
  };
}
