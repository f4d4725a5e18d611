/**
 * Where the properties of a folder come from at Graph, one entry for each EWS property that is served.
 *
 * @see https://learn.microsoft.com/graph/api/resources/mailfolder
 */
import type { MailFolder } from '@microsoft/microsoft-graph-types';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import type { FolderValue, ServedFolderFieldUri } from '../../../ews/properties/folder.ts';
import { extendedValues, normalisedId, type WithExtendedProperties } from './extended-properties.ts';
import { folderChangeKey, FOLDER_CLASS, MADE_WITHOUT_CLASS } from '../folders/folder-facts.ts';
import type { KnownMailbox } from '../mailbox-directory.ts';
import { text } from './values.ts';

export type GraphFolder = Omit<MailFolder, keyof WithExtendedProperties> &
  WithExtendedProperties & {
    readonly 'id': string;
    readonly '@odata.type'?: string;
    /** Of the gateway's own making: one that can only be opened (stand-ins.ts). */
    readonly 'isClosed'?: boolean;
  };

/** PidTagAttributeHidden, which Graph has as isHidden. */
export const HIDDEN = 'Boolean 0x10F4';
export const FOLDER_SELECT = 'id,displayName,parentFolderId,childFolderCount,totalItemCount,unreadItemCount';

type Table = {
  readonly [Uri in ServedFolderFieldUri]: (folder: GraphFolder, mailbox: KnownMailbox) => FolderValue<Uri> | undefined;
};

export const FOLDER_PROPERTIES: Table = {
  'folder:FolderId': ({ id, parentFolderId, displayName }) => ({
    id: toEwsAlphabet(id),
    changeKey: folderChangeKey({ id, parentFolderId: parentFolderId ?? '', displayName: displayName ?? '' }),
  }),
  'folder:ParentFolderId': ({ parentFolderId }) =>
    text(parentFolderId) === undefined ? undefined : { id: toEwsAlphabet(parentFolderId ?? '') },
  'folder:FolderClass': (folder, mailbox) => {
    const values = extendedValues(folder);
    const value = values.get(normalisedId(FOLDER_CLASS));
    if (typeof value === 'string' && value !== '' && value !== 'IPF.Note') return value;
    return hasNoClass(folder, mailbox) || values.get(normalisedId(MADE_WITHOUT_CLASS)) === 'true'
      ? undefined
      : 'IPF.Note';
  },
  'folder:DisplayName': ({ displayName }) => displayName ?? '',
  'folder:TotalCount': ({ totalItemCount }) => totalItemCount ?? 0,
  'folder:ChildFolderCount': ({ childFolderCount }) => childFolderCount ?? 0,
  'folder:EffectiveRights': ({ isClosed = false }) => ({
    createAssociated: false,
    createContents: !isClosed,
    createHierarchy: !isClosed,
    delete: !isClosed,
    modify: !isClosed,
    read: !isClosed,
    viewPrivateItems: !isClosed,
  }),
  'folder:DistinguishedFolderId': ({ id }, { names, rootId }) => {
    const own = toEwsAlphabet(id);
    return own === rootId ? 'root' : names.get(own);
  },
  'folder:PolicyTag': () => undefined,
  'folder:ArchiveTag': () => undefined,
  'folder:UnreadCount': ({ unreadItemCount }) => unreadItemCount ?? 0,
};

/** The top of all folders and those of the recoverable items have no class in Exchange [tests of exchangelib]. */
function hasNoClass({ id, parentFolderId }: GraphFolder, { folders, recoverableRootId }: KnownMailbox): boolean {
  const own = toEwsAlphabet(id);
  if (own === folders.get('msgfolderroot')) return true;
  return recoverableRootId !== undefined && [own, toEwsAlphabet(parentFolderId ?? '')].includes(recoverableRootId);
}

/** The folder above msgfolderroot, which Graph does not serve: EWS clients begin there. */
export function rootFolder({ rootId, folders }: KnownMailbox): GraphFolder {
  return {
    id: rootId.replaceAll('+', '_').replaceAll('/', '-'),
    displayName: '',
    childFolderCount: folders.size === 0 ? 0 : 1,
    totalItemCount: 0,
    unreadItemCount: 0,
  };
}
