import t from 'tap';
import {
  FOLDER_PROPERTIES,
  folderProperties,
  ITEM_PROPERTIES,
  itemProperties,
  type FolderElementName,
  type ItemElementName,
} from '../../../src/ews/properties/elements.ts';
import { ATTACHMENT_ROWS, FILE_ATTACHMENT_ROWS } from '../../../src/ews/properties/attachment.ts';
import { SCHEMA_VERSIONS, schemaVersion } from '../../../src/ews/properties/versions.ts';
import { properties } from '../../../src/ews/properties/types.ts';
import { schemaText } from '../../support/ews-schema.ts';

const TYPES = schemaText('types.xsd').replaceAll(/<!--[\s\S]*?-->/g, '');

/** Names of the elements of a type, those of what it extends first. */
function elementsOf(type: string): string[] {
  const found = new RegExp(`<xs:complexType name="${type}"[\\s\\S]*?(?=\\n  <xs:(?:complexType|simpleType) name)`).exec(
    TYPES,
  );
  if (found === null) throw new Error(`no ${type}`);
  const base = /<xs:extension base="t:(\w+)"/.exec(found[0])?.[1];
  const own = [...found[0].matchAll(/<xs:element name="(\w+)"/g)].map(([, name = '']) => name);
  return [...(base === undefined ? [] : elementsOf(base)), ...own];
}

/** Elements that no FieldURI names, so that no client can ask for them. */
const NAMELESS = new Set(['SearchKey', 'SortKey', 'SenderSMTPAddress', 'MailboxGuids', 'MailboxGuid']);
/** Those of contacts folders that only Outlook.com had. */
const OF_CONTACTS = new Set(['SourceId', 'AccountName']);
/** FieldURIs that have no element. */
const WITHOUT_ELEMENT = new Set(['MimeContentUTF8', 'FirstBody']);

t.test('every element has the rows of its type, in the order of the schema', async (t) => {
  const items: Readonly<Record<ItemElementName, string>> = {
    Item: 'ItemType',
    Message: 'MessageType',
    PostItem: 'PostItemType',
    MeetingMessage: 'MeetingMessageType',
    MeetingRequest: 'MeetingRequestMessageType',
    MeetingResponse: 'MeetingResponseMessageType',
    MeetingCancellation: 'MeetingCancellationMessageType',
  };
  const folders: Readonly<Record<FolderElementName, string>> = {
    Folder: 'FolderType',
    CalendarFolder: 'CalendarFolderType',
    ContactsFolder: 'ContactsFolderType',
    TasksFolder: 'TasksFolderType',
    SearchFolder: 'SearchFolderType',
  };
  const outline = ({ before, after }: ReturnType<typeof itemProperties | typeof folderProperties>): string[] =>
    [...before.map(({ element }) => element), 'ExtendedProperty', ...after.map(({ element }) => element)].filter(
      (name) => !WITHOUT_ELEMENT.has(name),
    );
  for (const [name, type] of Object.entries(items) as [ItemElementName, string][])
    t.same(
      outline(itemProperties(name)),
      elementsOf(type).filter((element) => !NAMELESS.has(element)),
      name,
    );
  for (const [name, type] of Object.entries(folders) as [FolderElementName, string][]) {
    const expected = elementsOf(type).filter((element) => !OF_CONTACTS.has(element));
    t.same(
      outline(folderProperties(name)).filter((element) => expected.includes(element)),
      expected,
      name,
    );
    const unknown = folderProperties(name).after.filter(({ element }) => !expected.includes(element));
    t.ok(
      unknown.every(({ kind }) => kind === 'unserved'),
      `${name} has nothing to write that its type lacks`,
    );
  }
  t.same(
    properties(ATTACHMENT_ROWS).map(({ element }) => element),
    elementsOf('AttachmentType'),
  );
  t.same(
    properties([...ATTACHMENT_ROWS, ...FILE_ATTACHMENT_ROWS]).map(({ element }) => element),
    elementsOf('FileAttachmentType'),
  );
});

t.test('every FieldURI of the schema that mail and folders have is a row, once', async (t) => {
  const list = /name="UnindexedFieldURIType"[\s\S]*?<\/xs:simpleType>/.exec(TYPES)?.[0] ?? '';
  const uris = [...list.matchAll(/value="((?:item|message|meeting|meetingRequest|postitem|folder):\w+)"/g)];
  t.ok(uris.length > 100);
  const rows = [...ITEM_PROPERTIES, ...FOLDER_PROPERTIES].map(({ uri }) => uri);
  t.same(new Set(rows).size, rows.length);
  t.same(rows.filter((uri) => !uri.startsWith('calendar:')).toSorted(), uris.map(([, uri]) => uri).toSorted());
  t.ok(
    rows.every((uri) => list.includes(`value="${uri}"`)),
    'no row has a name that the schema lacks',
  );
});

t.test('values of enums are those of the schema', async (t) => {
  for (const { uri, kind, values, required } of ITEM_PROPERTIES) {
    if (kind !== 'enum') continue;
    t.ok(values.length > 1, uri);
    for (const value of values) t.ok(TYPES.includes(`<xs:enumeration value="${value}"`), `${uri} ${value}`);
    if (required !== undefined) t.ok(values.includes(required as string), `default of ${uri}`);
  }
});

t.test('what stands in for a number or a truth that is not known claims nothing', async (t) => {
  const standIns = ITEM_PROPERTIES.filter(({ kind }) => kind === 'int' || kind === 'boolean').flatMap(
    ({ uri, required }) => (required === undefined || required === 0 || required === false ? [] : [uri]),
  );
  t.same(standIns, ['calendar:IsMeeting', 'calendar:AllowNewTimeProposal'], 'a meeting request is of a meeting');
});

t.test('versions of the schema are known by their names', async (t) => {
  for (const version of SCHEMA_VERSIONS) t.equal(schemaVersion(version), version);
  t.equal(schemaVersion(undefined), 'Exchange2007');
  t.equal(schemaVersion('V2018_01_08'), 'Exchange2016', 'what exchangelib repeats from our answers');
  t.equal(schemaVersion('Exchange2099'), 'Exchange2007', 'nothing that a client might not know');
});
