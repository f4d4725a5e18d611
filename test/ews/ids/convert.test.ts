import t from 'tap';
import { convertedId } from '../../../src/ews/ids/convert.ts';
import { writeId, type FolderId, type ItemId } from '../../../src/ews/ids/item-id.ts';

const GUID = '64f31fc2-e728-43b9-8d6f-61d5dc951893';
const OWN = { address: 'alice@contoso.test', guid: GUID };
const folder: FolderId = {
  kind: 'folder',
  mailbox: GUID,
  provider: '6d34088cd453bb439c0c9c3bc4fe6b79',
  folder: { replica: '750f0e25f52f8446bf331301647ab3ed', counter: 0x10c },
};
const item: ItemId = {
  ...folder,
  kind: 'item',
  message: { replica: folder.folder.replica, counter: 0xa1c3a2c2 },
  instruction: 0,
};
const FORMATS = ['EwsId', 'EwsLegacyId', 'EntryId', 'HexEntryId', 'StoreId', 'OwaId'];
const convert = (id: string, from: string, to: string): string | undefined => convertedId(id, from, to, OWN);

t.test('every format becomes every other one, and means the same', async (t) => {
  for (const id of [writeId(folder), writeId(item)])
    for (const from of FORMATS)
      for (const to of FORMATS) {
        const given = convert(id, 'EwsId', from) ?? '';
        const converted = convert(given, from, to) ?? '';
        t.not(converted, '', `${from} to ${to}`);
        t.equal(convert(converted, to, 'EwsId'), id, `${from} to ${to} and back`);
      }
});

t.test('the formats are those that other programs show', async (t) => {
  const [ofFolder, ofItem] = [writeId(folder), writeId(item)];
  // PowerShell's FolderId, of which the documented script takes 24 bytes from the 23rd on.
  const store = convert(ofFolder, 'EwsId', 'StoreId') ?? '';
  t.match(store, /^LgAAAA/);
  const bytes = Buffer.from(store, 'base64');
  t.equal(bytes.length, 48);
  t.equal(bytes.toString('hex', 23, 39), folder.folder.replica);
  // The Outlook Web App of Exchange 2010.
  t.match(convert(ofItem, 'EwsId', 'StoreId'), /^RgAAAA.*J$/);
  t.match(convert(ofItem, 'EwsId', 'HexEntryId'), /^00000000[0-9A-F]{132}$/);
  t.equal(Buffer.from(convert(ofItem, 'EwsId', 'EntryId') ?? '', 'base64').length, 70);
  const legacy = convert(ofItem, 'EwsId', 'EwsLegacyId') ?? '';
  t.not(legacy, ofItem);
});

t.test('what is malformed is no id of any format', async (t) => {
  const id = writeId(item);
  const store = convert(id, 'EwsId', 'StoreId') ?? '';
  for (const [text, from] of [
    ['rubbish', 'EwsId'],
    ['DUMMY', 'EwsId'],
    ['', 'EntryId'],
    ['00', 'HexEntryId'],
    [id, 'HexEntryId'],
    [store, 'EntryId'],
    [convert(id, 'EwsId', 'EntryId') ?? '', 'StoreId'],
    ['%', 'OwaId'],
    [id, 'NoSuchFormat'],
    ['A'.repeat(5_000), 'EwsId'],
  ] as const)
    t.equal(convert(text, from, 'EwsId'), undefined, `${from} ${text.slice(0, 20)}`);
});

t.test('an id of another mailbox has no format in which an address stands', async (t) => {
  const other = writeId({ ...item, mailbox: '11111111-2222-4333-8444-555555555555' });
  t.equal(convert(other, 'EwsId', 'EwsLegacyId'), undefined);
  const legacy = convert(writeId(item), 'EwsId', 'EwsLegacyId') ?? '';
  t.equal(convertedId(legacy, 'EwsLegacyId', 'EwsId', { ...OWN, address: 'bob@contoso.test' }), undefined);
  t.equal(convertedId(writeId(item), 'EntryId', 'EwsId', { ...OWN, guid: undefined }), undefined);
});
