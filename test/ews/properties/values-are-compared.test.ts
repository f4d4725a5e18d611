import t from 'tap';
import { compareValues, matches, type ValueOf } from '../../../src/ews/matches.ts';
import { comparableValue } from '../../../src/ews/properties/comparable.ts';
import { ITEM_PROPERTIES, type ItemUri } from '../../../src/ews/properties/elements.ts';
import type { EwsProperty } from '../../../src/ews/properties/types.ts';
import type { PropertyValue } from '../../../src/ews/properties/values.ts';

function row(uri: ItemUri): EwsProperty {
  const found = ITEM_PROPERTIES.find((property) => property.uri === uri);
  if (found === undefined) throw new Error(`no ${uri}`);
  return found;
}

const ALICE = { name: 'Alice A.', address: 'alice@example.org' };
const VALUES: { readonly [Uri in ItemUri]?: PropertyValue } = {
  'item:Subject': 'Invoice',
  'item:Body': { type: 'Text', text: 'Dear Bob' },
  'item:ItemId': { id: 'AAMk', changeKey: 'CQ' },
  'item:Flag': { status: 'Flagged' },
  'message:From': ALICE,
  'message:ToRecipients': [{ name: 'Bob', address: undefined }, ALICE],
  'item:UniqueBody': { type: 'Text', text: 'x' },
};
const valueOf: ValueOf = (field) =>
  field.kind === 'named' ? comparableValue(row(field.uri as ItemUri), VALUES[field.uri as ItemUri]) : undefined;

const isEqual = (uri: ItemUri, value: string): boolean =>
  matches({ kind: 'IsEqualTo', field: { kind: 'named', uri }, operand: { kind: 'constant', value } }, valueOf);

t.test('a mailbox is found by its name and by its address', async (t) => {
  t.ok(isEqual('message:From', 'ALICE@example.org'));
  t.ok(isEqual('message:From', 'Alice A.'));
  t.notOk(isEqual('message:From', 'carol@example.org'));
});

t.test('composed values are compared by what names them', async (t) => {
  t.ok(isEqual('item:ItemId', 'AAMk'));
  t.ok(isEqual('item:Flag', 'Flagged'));
  t.ok(isEqual('item:Body', 'Dear Bob'));
  t.equal(compareValues(comparableValue(row('item:DateTimeSent'), new Date(5)), new Date(6)), -1);
});

t.test('what the table says is not compared has no value', async (t) => {
  t.notOk(isEqual('item:UniqueBody', 'x'));
  t.notOk(isEqual('message:ToRecipients', 'Alice A.'), 'exchangelib lists it as not searchable');
  for (const uri of ['item:Attachments', 'item:MimeContent', 'item:EffectiveRights', 'item:Likes'] as const) {
    t.notOk(row(uri).comparable, uri);
    t.notOk(row(uri).sortable, uri);
  }
  for (const uri of ['item:Categories', 'item:Body'] as const) {
    t.ok(row(uri).comparable, uri);
    t.notOk(row(uri).sortable, uri);
  }
  t.ok(row('item:DateTimeReceived').sortable);
});
