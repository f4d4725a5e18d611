/**
 * Properties of folders, in the order of types.xsd (BaseFolderType, then what its descendants add).
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/folder
 */
import type { PropertyRow } from './types.ts';
import type { ValueOfRow } from './values.ts';

const ALL = { shape: 'AllProperties' } as const;
const COUNT = { kind: 'int', shape: 'Default', required: 0 } as const;
const UNSERVED = { kind: 'unserved' } as const;
const TAG = { kind: 'retentionTag', ...ALL, since: 'Exchange2013', settable: 'always' } as const;

/** BaseFolderType up to where the extended properties stand. */
export const FOLDER_ROWS_BEFORE_EXTENDED = [
  { uri: 'folder:FolderId', kind: 'folderId', shape: 'IdOnly' },
  { uri: 'folder:ParentFolderId', kind: 'folderId', ...ALL },
  { uri: 'folder:FolderClass', kind: 'string', ...ALL, settable: 'create' },
  { uri: 'folder:DisplayName', kind: 'string', shape: 'Default', settable: 'always' },
  { uri: 'folder:TotalCount', ...COUNT },
  { uri: 'folder:ChildFolderCount', ...COUNT },
] as const satisfies readonly PropertyRow[];

/** The rest of BaseFolderType, and what FolderType and its descendants add. */
export const FOLDER_ROWS_AFTER_EXTENDED = [
  { uri: 'folder:ManagedFolderInformation', ...UNSERVED },
  { uri: 'folder:EffectiveRights', kind: 'effectiveRights', ...ALL },
  { uri: 'folder:DistinguishedFolderId', kind: 'string', ...ALL, since: 'Exchange2013' },
  { uri: 'folder:PolicyTag', ...TAG },
  { uri: 'folder:ArchiveTag', ...TAG },
  { uri: 'folder:ReplicaList', ...UNSERVED },
  { uri: 'folder:SharingEffectiveRights', ...UNSERVED },
  { uri: 'folder:PermissionSet', ...UNSERVED },
  { uri: 'folder:UnreadCount', ...COUNT },
  { uri: 'folder:SearchParameters', ...UNSERVED },
] as const satisfies readonly PropertyRow[];

/** The row of a folder's property, as a type. */
export type FolderRow = (typeof FOLDER_ROWS_BEFORE_EXTENDED)[number] | (typeof FOLDER_ROWS_AFTER_EXTENDED)[number];

/** Every property that a folder may be asked for. */
export type FolderFieldUri = FolderRow['uri'];
/** Those that answers may have. */
export type ServedFolderFieldUri = Exclude<FolderRow, { readonly kind: 'unserved' }>['uri'];
/** The type of a property's value. */
export type FolderValue<Uri extends FolderFieldUri> = ValueOfRow<Extract<FolderRow, { readonly uri: Uri }>>;
