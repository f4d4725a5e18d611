/** Folders of Graph as EWS elements. */
import type { ExtendedField } from '../../../ews/extended-field.ts';
import type { FieldValue, ValueOf } from '../../../ews/matches.ts';
import { folderElementName } from '../../../ews/properties/elements.ts';
import type { PropertyValue } from '../../../ews/properties/values.ts';
import type { WantedFolderProperties } from '../../../ews/properties/wanted.ts';
import { writeFolder } from '../../../ews/folder-writer.ts';
import { xml, type XmlFragment } from '../../../ews/xml.ts';
import { toEwsAlphabet } from '../../../ews/ids/alphabet.ts';
import type { Capabilities } from '../capabilities.ts';
import {
  expandOf,
  extendedValues,
  graphPropertyId,
  isMultiValue,
  normalisedId,
  typedValue,
} from '../properties/extended-properties.ts';
import { FOLDER_CLASS, folderChangeKey, MADE_WITHOUT_CLASS } from './folder-facts.ts';
import type { KnownMailbox } from '../mailbox-directory.ts';
import type { Query } from '../service/mailbox-calls.ts';
import { FOLDER_PROPERTIES, FOLDER_SELECT, HIDDEN, type GraphFolder } from '../properties/folder.ts';

type FolderReader = (folder: GraphFolder, mailbox: KnownMailbox) => PropertyValue | undefined;

/** Options that bring along what answers and restrictions need. */
export function folderQuery(extended: Iterable<ExtendedField>, capabilities: Capabilities): Query {
  const hidden = capabilities.hiddenFolders ? ',isHidden' : '';
  const $select = `${FOLDER_SELECT}${hidden}`;
  if (!capabilities.folderExtendedProperties) return { $select };
  const [single, multi]: [string[], string[]] = [[FOLDER_CLASS, MADE_WITHOUT_CLASS], []];
  for (const field of extended) {
    const id = graphPropertyId(field);
    if (id !== undefined && !isHidden(field)) (isMultiValue(field) ? multi : single).push(id);
  }
  return { $select, $expand: expandOf(single, multi) };
}

export function folderElement(folder: GraphFolder, wanted: WantedFolderProperties, mailbox: KnownMailbox): XmlFragment {
  const values = extendedValues(folder);
  const folderClass = FOLDER_PROPERTIES['folder:FolderClass'](folder, mailbox);
  const name = folderElementName(folderClass, folder['@odata.type'] === '#microsoft.graph.mailSearchFolder');
  return writeFolder(name, wanted, {
    read: (uri) => readerOf(uri)?.(folder, mailbox),
    extended: (field) => extendedOf(folder, field, values),
  });
}

/** A folder with nothing but its id, as answers to changes have it. */
export function folderIdElement({
  id,
  parentFolderId,
  displayName,
}: Pick<GraphFolder, 'id' | 'parentFolderId' | 'displayName'>): XmlFragment {
  const changeKey = folderChangeKey({
    id,
    parentFolderId: parentFolderId ?? '',
    displayName: displayName ?? '',
  });
  return xml`<t:Folder><t:FolderId Id="${toEwsAlphabet(id)}" ChangeKey="${changeKey}"/></t:Folder>`;
}

/** The values of a folder in restrictions. */
export function folderValues(folder: GraphFolder, mailbox: KnownMailbox): ValueOf {
  const values = extendedValues(folder);
  return (field): FieldValue => {
    if (field.kind === 'extended') return typedValue(field, extendedOf(folder, field, values));
    if (field.kind !== 'named') return undefined;
    const value = readerOf(field.uri)?.(folder, mailbox);
    if (typeof value === 'object' && 'id' in value) return value.id as string;
    return typeof value === 'string' || typeof value === 'number' ? value : undefined;
  };
}

function readerOf(uri: string): FolderReader | undefined {
  const table: Readonly<Record<string, FolderReader | undefined>> = FOLDER_PROPERTIES;
  return Object.hasOwn(table, uri) ? table[uri] : undefined;
}

function extendedOf(
  { isHidden: hidden }: GraphFolder,
  field: ExtendedField,
  values: ReturnType<typeof extendedValues>,
): string | readonly string[] | undefined {
  if (isHidden(field)) return String(hidden === true);
  const id = graphPropertyId(field);
  return id === undefined ? undefined : values.get(normalisedId(id));
}

/** Graph has this one as a member of its own. */
function isHidden(field: ExtendedField): boolean {
  const id = graphPropertyId(field);
  return id !== undefined && normalisedId(id) === normalisedId(HIDDEN);
}
