import t from 'tap';
import { attachmentPieces, createdAttachment } from '../../../src/ews/attachment-writer.ts';
import { extendedField } from '../../../src/ews/extended-field.ts';
import { writeFolder } from '../../../src/ews/folder-writer.ts';
import { writeItem, type PropertySource } from '../../../src/ews/item-writer.ts';
import {
  FOLDER_PROPERTIES,
  ITEM_PROPERTIES,
  itemProperties,
  type FolderElementName,
  type FolderUri,
  type ItemElementName,
  type ItemUri,
} from '../../../src/ews/properties/elements.ts';
import { SCHEMA_VERSIONS, type SchemaVersion } from '../../../src/ews/properties/versions.ts';
import { wantedFolderProperties, wantedItemProperties } from '../../../src/ews/properties/wanted.ts';
import { itemShape, type BaseShape, type ItemShape } from '../../../src/ews/shape.ts';
import { answerWith, schemaErrors } from '../../support/ews-schema.ts';
import { valueOfKind } from '../../support/property-values.ts';

const ITEMS: readonly ItemElementName[] = [
  'Item',
  'Message',
  'PostItem',
  'MeetingMessage',
  'MeetingRequest',
  'MeetingResponse',
  'MeetingCancellation',
];
const FOLDERS: readonly FolderElementName[] = [
  'Folder',
  'CalendarFolder',
  'ContactsFolder',
  'TasksFolder',
  'SearchFolder',
];
const SHAPES: readonly BaseShape[] = ['IdOnly', 'Default', 'AllProperties'];

const TAG = extendedField({
  namespace: '',
  localName: 'ExtendedFieldURI',
  attributes: new Map([
    ['PropertyTag', '0x0E08'],
    ['PropertyType', 'Integer'],
  ]),
  children: [],
  text: '',
  content: undefined,
});

function shape(base: BaseShape, fields: Iterable<string> = []): ItemShape {
  return { ...itemShape(undefined), base, fields: new Set(fields), extended: [TAG] };
}

const rowsByUri = new Map([...ITEM_PROPERTIES, ...FOLDER_PROPERTIES].map((row) => [row.uri as string, row]));

/** A source that has a value for everything, with this text where there is one. */
function full(text?: string): PropertySource<ItemUri | FolderUri> {
  return {
    read: (uri) => {
      const row = rowsByUri.get(uri);
      return row === undefined ? undefined : valueOfKind(row, text);
    },
    extended: () => text ?? '5',
  };
}
const EMPTY: PropertySource<ItemUri | FolderUri> = { read: () => undefined, extended: () => undefined };

/** Element names directly inside of the one that stands around everything. */
function childrenOf(markup: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [, slash, name = '', closed] of markup.matchAll(/<(\/?)t:(\w+)(?:\s[^>]*?)?(\/?)>/g)) {
    if (slash === '/') depth--;
    else {
      if (depth === 1) names.push(name);
      if (closed !== '/') depth++;
    }
  }
  return names;
}

/** Every item, in every shape and version. */
function itemAnswers(): string[] {
  const documents: string[] = [];
  for (const version of SCHEMA_VERSIONS)
    for (const inList of [true, false]) {
      const parts: string[] = [];
      for (const name of ITEMS)
        for (const asked of [...SHAPES.map((base) => shape(base)), shape('IdOnly', allUris())]) {
          const wanted = wantedItemProperties(asked, { version, inList });
          for (const source of [full(), full(''), full(' \r\n'), EMPTY])
            parts.push(writeItem(name, wanted, source).markup);
        }
      documents.push(answerWith('GetItem', parts));
    }
  return documents;
}

const alone: string[] = [];

t.test('each property alone is there where it was asked for', async (t) => {
  const parts: string[] = [];
  for (const name of ITEMS) {
    const { before, after } = itemProperties(name);
    for (const property of [...before, ...after]) {
      const wanted = wantedItemProperties(shape('IdOnly', [property.uri]), { version: 'Exchange2016', inList: false });
      const markup = writeItem(name, wanted, full()).markup;
      const expected = property.kind !== 'unserved';
      t.equal(childrenOf(markup).includes(property.element), expected, `${name} ${property.uri}`);
      parts.push(markup);
    }
  }
  alone.push(answerWith('GetItem', parts));
});

/** Every folder, in every shape and version. */
function folderAnswers(): string[] {
  return SCHEMA_VERSIONS.map((version) =>
    answerWith(
      'GetFolder',
      FOLDERS.flatMap((name) =>
        [...SHAPES.map((base) => shape(base)), shape('IdOnly', folderUris())].flatMap((asked) =>
          [full(), full(''), EMPTY].map(
            (source) => writeFolder(name, wantedFolderProperties(asked, version), source).markup,
          ),
        ),
      ),
    ),
  );
}

/** Attachments of all kinds and versions. */
function attachmentAnswers(): string[] {
  const common = { id: 'a', name: 'x', size: 5, isInline: false, contentType: ' ', lastModifiedTime: new Date(0) };
  return SCHEMA_VERSIONS.map((version) => {
    const wanted = wantedItemProperties(shape('AllProperties'), { version, inList: false });
    const item = [writeItem('Message', wanted, full()).markup];
    return answerWith('GetAttachment', [
      ...attachmentPieces({ ...common, kind: 'file' }, { kind: 'file', bytes: Buffer.from('abc') }, version),
      ...attachmentPieces({ ...common, kind: 'item' }, { kind: 'item', item }, version),
      createdAttachment('file', { id: 'a', rootItemId: 'b', rootItemChangeKey: 'c' }).markup,
    ] as string[]);
  });
}

t.test('what clients read as value types is there, even of an item without any value', async (t) => {
  const required = [
    'Sensitivity',
    'DateTimeReceived',
    'Size',
    'Importance',
    'IsSubmitted',
    'IsDraft',
    'IsFromMe',
    'IsResend',
    'IsUnmodified',
    'DateTimeSent',
    'DateTimeCreated',
    'ReminderIsSet',
    'ReminderMinutesBeforeStart',
    'ReminderDueBy',
    'HasAttachments',
    'LastModifiedTime',
    'ResponseObjects',
    'IsRead',
    'Body',
    'IsReadReceiptRequested',
    'IsDeliveryReceiptRequested',
  ];
  const since: Readonly<Partial<Record<SchemaVersion, string[]>>> = {
    Exchange2007: required,
    Exchange2010: [...required, 'IsAssociated'],
    Exchange2013: [...required, 'IsAssociated', 'IconIndex'],
  };
  for (const [version, expected] of Object.entries(since) as [SchemaVersion, string[]][]) {
    const wanted = wantedItemProperties(shape('AllProperties'), { version, inList: false });
    const found = childrenOf(writeItem('Message', wanted, EMPTY).markup);
    t.same(
      expected.filter((name) => !found.includes(name)),
      [],
      version,
    );
    const alone = wantedItemProperties(shape('IdOnly', ['item:Size', 'message:IsRead']), { version, inList: true });
    t.same(childrenOf(writeItem('Message', alone, EMPTY).markup), ['Size', 'IsRead']);
  }
  const folder = writeFolder('Folder', wantedFolderProperties(shape('Default'), 'Exchange2007'), EMPTY);
  t.same(childrenOf(folder.markup), ['TotalCount', 'ChildFolderCount', 'UnreadCount']);
});

t.test('nothing is newer than the version that the client asks for', async (t) => {
  // As the schemas of the EWS Managed API have it, which throws at what it does not expect.
  const newer: readonly (readonly [SchemaVersion, readonly string[]])[] = [
    [
      'Exchange2010',
      ['IsAssociated', 'WebClientReadFormQueryString', 'WebClientEditFormQueryString', 'ConversationId', 'UniqueBody'],
    ],
    ['Exchange2010_SP2', ['StoreEntryId']],
    [
      'Exchange2013',
      [
        'InstanceKey',
        'NormalizedBody',
        'Flag',
        'PolicyTag',
        'ArchiveTag',
        'RetentionDate',
        'Preview',
        'TextBody',
        'IconIndex',
        'IsOrganizer',
        'DisplayBcc',
        'ReminderNextTime',
        'DistinguishedFolderId',
      ],
    ],
    ['Exchange2016', ['InferenceClassification']],
  ];
  for (const version of SCHEMA_VERSIONS) {
    const wanted = wantedItemProperties(shape('AllProperties', allUris()), { version, inList: false });
    const folders = wantedFolderProperties(shape('AllProperties', folderUris()), version);
    const found = new Set([
      ...childrenOf(writeItem('MeetingRequest', wanted, full()).markup),
      ...childrenOf(writeFolder('Folder', folders, full()).markup),
    ]);
    for (const [since, names] of newer)
      for (const name of names)
        t.equal(
          found.has(name),
          SCHEMA_VERSIONS.indexOf(version) >= SCHEMA_VERSIONS.indexOf(since),
          `${name} in ${version}`,
        );
    const list = writeItem('Message', wanted, full()).markup;
    const isReferenceKnown = ['Exchange2015', 'Exchange2016'].includes(version);
    t.equal(list.includes('<t:ReferenceAttachment>'), isReferenceKnown, `links in ${version}`);
  }
});

function allUris(): string[] {
  return ITEM_PROPERTIES.map(({ uri }) => uri);
}

function folderUris(): string[] {
  return FOLDER_PROPERTIES.map(({ uri }) => uri);
}

// Once for all: xmllint takes long to read the schemas.
t.test('all that is written follows the schemas', async (t) => {
  t.equal(alone.length, 1);
  t.same(await schemaErrors([...itemAnswers(), ...folderAnswers(), ...attachmentAnswers(), ...alone]), []);
});
