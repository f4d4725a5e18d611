import t from 'tap';
import { extendedField, type ExtendedField } from '../../../src/ews/extended-field.ts';
import { writeFolder } from '../../../src/ews/folder-writer.ts';
import { writeItem } from '../../../src/ews/item-writer.ts';
import { wantedFolderProperties, wantedItemProperties } from '../../../src/ews/properties/wanted.ts';
import { itemShape } from '../../../src/ews/shape.ts';

function tag(value: string, type: string): ExtendedField {
  const attributes = new Map([
    ['PropertyTag', value],
    ['PropertyType', type],
  ]);
  const nothing = { namespace: '', children: [], text: '', content: undefined };
  return extendedField({ ...nothing, localName: 'ExtendedFieldURI', attributes });
}

const SUBJECT = tag('0x0037', 'String');
const SIZE = tag('3592', 'Integer');
const KEYWORDS = tag('0x8001', 'StringArray');

function extendedOf(value: (field: ExtendedField) => string | readonly string[] | undefined): string {
  const shape = { ...itemShape(undefined), base: 'IdOnly', extended: [SUBJECT, SIZE, KEYWORDS] } as const;
  const wanted = wantedItemProperties(shape, { version: 'Exchange2007', inList: true });
  const { markup } = writeItem('Message', wanted, { read: () => undefined, extended: value });
  return markup.replace(/^<t:Message>|<\/t:Message>$/g, '');
}

t.test('between the properties that the schema has before and behind them, in the order of the request', async (t) => {
  const shape = { ...itemShape(undefined), base: 'AllProperties', extended: [SIZE, SUBJECT] } as const;
  const wanted = wantedItemProperties(shape, { version: 'Exchange2007', inList: true });
  const { markup } = writeItem('Message', wanted, { read: () => undefined, extended: () => '5' });
  t.match(
    markup,
    /<t:HasAttachments>[^<]+<\/t:HasAttachments><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0xe08" [^>]+\/>/,
  );
  t.match(markup, /"0x37" [^>]+><t:Value>5<\/t:Value><\/t:ExtendedProperty><t:LastModifiedTime>/);
  const folder = writeFolder('Folder', wantedFolderProperties(shape, 'Exchange2007'), {
    read: () => undefined,
    extended: () => '5',
  });
  t.match(folder.markup, /<\/t:ChildFolderCount><t:ExtendedProperty>.*<\/t:ExtendedProperty><t:UnreadCount>/);
});

t.test('a property without a value is left out, an empty text is one', async (t) => {
  t.equal(
    extendedOf(() => undefined),
    '',
  );
  t.equal(
    extendedOf((field) => (field === KEYWORDS ? [] : undefined)),
    '',
  );
  t.equal(
    extendedOf((field) => (field === SIZE ? '' : undefined)),
    '',
    'an empty number stops some clients',
  );
  t.match(
    extendedOf((field) => (field === SUBJECT ? '' : undefined)),
    '<t:Value></t:Value>',
  );
  t.match(
    extendedOf((field) => (field === KEYWORDS ? ['a', 'b'] : undefined)),
    '<t:Values><t:Value>a</t:Value><t:Value>b</t:Value></t:Values>',
  );
});
