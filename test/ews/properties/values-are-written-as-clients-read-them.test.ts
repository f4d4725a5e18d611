import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import t from 'tap';
import { writeItem } from '../../../src/ews/item-writer.ts';
import { ITEM_PROPERTIES, type ItemUri } from '../../../src/ews/properties/elements.ts';
import type { MessageFieldUri, MessageValue } from '../../../src/ews/properties/message.ts';
import { wantedItemProperties } from '../../../src/ews/properties/wanted.ts';
import type { PropertyValue } from '../../../src/ews/properties/values.ts';
import type { SchemaVersion } from '../../../src/ews/properties/versions.ts';
import { itemShape } from '../../../src/ews/shape.ts';
import { ANY_TEXT } from '../../support/any-text.ts';
import { answerWith, document, schemaErrors } from '../../support/ews-schema.ts';
import { valueOfKind } from '../../support/property-values.ts';
import { runs } from '../../support/effort.ts';

/** What stands inside of a message that has these values and is asked for them. */
function written(
  values: { readonly [Uri in MessageFieldUri]?: MessageValue<Uri> | undefined },
  version: SchemaVersion = 'Exchange2016',
  headers: readonly string[] = [],
): string {
  const shape = { ...itemShape(undefined), base: 'IdOnly', headers, fields: new Set(Object.keys(values)) } as const;
  const all: Partial<Record<ItemUri, PropertyValue | undefined>> = values;
  const { markup } = writeItem('Message', wantedItemProperties(shape, { version, inList: false }), {
    read: (uri) => all[uri],
    extended: () => undefined,
  });
  return markup.slice('<t:Message>'.length, -'</t:Message>'.length);
}

t.test('an item is never self-closed', async (t) => {
  const wanted = wantedItemProperties(
    { ...itemShape(undefined), base: 'IdOnly' },
    { version: 'Exchange2007', inList: true },
  );
  const { markup } = writeItem('Message', wanted, { read: () => undefined, extended: () => undefined });
  t.equal(markup, '<t:Message></t:Message>');
});

t.test('empty values: a text stays, what holds nothing is left out', async (t) => {
  t.equal(written({ 'item:Subject': ' \r\n' }), '<t:Subject/>');
  t.equal(written({ 'item:Subject': undefined }), '');
  t.equal(written({ 'item:Body': { type: 'Text', text: '' } }), '<t:Body BodyType="Text"/>');
  t.equal(written({ 'item:Body': undefined }), '<t:Body BodyType="Text"/>');
  t.equal(written({ 'item:Categories': [' '], 'item:Attachments': [] }), '');
  t.equal(written({ 'item:InternetMessageHeaders': [{ name: 'X', value: '' }] }), '');
  t.equal(written({ 'item:ResponseObjects': [] }), '<t:ResponseObjects/>');
  t.equal(written({ 'item:MimeContent': { content: Buffer.of() } }), '', 'clients drop items with empty MIME');
  t.equal(
    written({ 'item:MimeContent': { content: Buffer.from('a') } }),
    '<t:MimeContent CharacterSet="UTF-8">YQ==</t:MimeContent>',
  );
});

t.test('addresses: no empty mailbox, SMTP unless it says otherwise', async (t) => {
  const nobody = { name: ' ', address: undefined };
  t.equal(written({ 'message:From': nobody, 'message:ToRecipients': [nobody] }), '');
  t.equal(
    written({ 'message:From': { name: 'A', address: 'a@b' } }),
    '<t:From><t:Mailbox><t:Name>A</t:Name><t:EmailAddress>a@b</t:EmailAddress>' +
      '<t:RoutingType>SMTP</t:RoutingType></t:Mailbox></t:From>',
  );
  t.equal(
    written({ 'message:Sender': { name: 'A', address: '' } }),
    '<t:Sender><t:Mailbox><t:Name>A</t:Name></t:Mailbox></t:Sender>',
  );
  t.match(written({ 'message:From': { name: '', address: 'x', routingType: 'EX' } }), /<t:RoutingType>EX</);
});

t.test('numbers stay in the range of the schema, dates have whole seconds', async (t) => {
  t.equal(written({ 'item:Size': 3_000_000_000 }), '<t:Size>2147483647</t:Size>');
  t.equal(written({ 'item:Size': Number.NaN }), '<t:Size>0</t:Size>');
  t.equal(
    written({ 'item:ReminderMinutesBeforeStart': -5 }),
    '<t:ReminderMinutesBeforeStart>0</t:ReminderMinutesBeforeStart>',
  );
  t.equal(
    written({ 'item:DateTimeSent': new Date('2026-01-02T03:04:05.999Z') }),
    '<t:DateTimeSent>2026-01-02T03:04:05Z</t:DateTimeSent>',
  );
});

t.test('a date that is missing is another date of the item', async (t) => {
  const created = new Date('2026-01-02T03:04:05Z');
  t.match(
    written({ 'item:DateTimeCreated': created, 'item:DateTimeReceived': undefined }),
    /<t:DateTimeReceived>2026-01-02T03:04:05Z</,
  );
  t.match(written({ 'item:DateTimeSent': new Date(Number.NaN) }), /<t:DateTimeSent>1970-01-01T00:00:00Z</);
});

t.test('a value that the schema forbids is none, or the default', async (t) => {
  t.equal(written({ 'item:Importance': 'Urgent' as 'High' }), '<t:Importance>Normal</t:Importance>');
  t.equal(written({ 'item:InferenceClassification': 'x' as 'Other' }), '');
  t.equal(written({ 'item:Culture': 'de_DE' }), '');
  t.equal(written({ 'item:Culture': 'de-DE' }), '<t:Culture>de-DE</t:Culture>');
  for (const binary of ['', 'abc', 'ab=c', 'ab!d']) t.equal(written({ 'item:StoreEntryId': binary }), '', binary);
  t.equal(written({ 'item:PolicyTag': { id: 'x', isExplicit: true } }), '');
});

t.test('what came with later versions inside of a property is left out before', async (t) => {
  const rights = {
    createAssociated: true,
    createContents: true,
    createHierarchy: true,
    delete: true,
    modify: true,
    read: true,
    viewPrivateItems: true,
  };
  const [old, recent] = (['Exchange2007_SP1', 'Exchange2013'] as const).map((version) =>
    written(
      {
        'item:EffectiveRights': rights,
        'item:Body': { type: 'HTML', text: 'x', isTruncated: true },
        'item:ResponseObjects': ['ForwardItem', 'ProposeNewTime'],
      },
      version,
    ),
  );
  for (const word of ['ViewPrivateItems', 'IsTruncated="true"', '<t:ProposeNewTime/>']) {
    t.notOk(old?.includes(word), `no ${word} in 2007`);
    t.ok(recent?.includes(word), `${word} in 2013`);
  }
});

t.test('headers are chosen by name', async (t) => {
  const shape = { ...itemShape(undefined), base: 'IdOnly', headers: ['date'] } as const;
  const wanted = wantedItemProperties(shape, { version: 'Exchange2016', inList: false });
  const { markup } = writeItem('Message', wanted, {
    read: (uri) =>
      uri === 'item:InternetMessageHeaders'
        ? [
            { name: 'Received', value: 'from x' },
            { name: 'Date', value: 'today' },
          ]
        : undefined,
    extended: () => undefined,
  });
  t.match(markup, /<t:InternetMessageHeaders><t:InternetMessageHeader HeaderName="Date">today</);
  t.notMatch(markup, /Received/);
});

t.test('whatever text a mailbox holds, the answer is well-formed, follows the schema and has that text', async (t) => {
  const fields = ITEM_PROPERTIES.map(({ uri }) => uri);
  const shape = { ...itemShape(undefined), base: 'AllProperties', fields: new Set<string>(fields) } as const;
  const wanted = wantedItemProperties(shape, { version: 'Exchange2016', inList: false });
  const rows = new Map(ITEM_PROPERTIES.map((row) => [row.uri, row]));
  const special = fc.constantFrom(
    '\u0000',
    '\u000b',
    '\ud800',
    '\udc00',
    '\ufffe',
    '\r',
    '\r\n',
    ' ',
    '\t',
    ']]>',
    '&#1;',
  );
  const text = fc.array(fc.oneof(special, ANY_TEXT), { maxLength: 6 }).map((parts) => parts.join(''));
  const items: string[] = [];
  fc.assert(
    fc.property(text, (value) => {
      const { markup } = writeItem('MeetingRequest', wanted, {
        read: (uri) => {
          const row = rows.get(uri);
          return row === undefined ? undefined : valueOfKind(row, value);
        },
        extended: () => undefined,
      });
      items.push(markup);
      return textOf(markup, 't:Subject') === (/[^ \t\r\n]/.test(value) ? allowed(value) : '');
    }),
    { numRuns: runs(200) },
  );
  t.ok(items.length >= runs(200));
  t.same(await schemaErrors([answerWith('GetItem', items)]), []);
});

/** What XML can hold of a text. */
function allowed(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the characters XML 1.0 forbids are the point
  return text.toWellFormed().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
}

/** The text of the first element of a name, as a conforming parser reads it. Throws if it can't read all. */
function textOf(markup: string, name: string): string {
  let text = '';
  let isInside = false;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => (isInside = tag.name === name));
  parser.on('closetag', () => (isInside = false));
  parser.on('text', (piece) => {
    if (isInside) text += piece;
  });
  parser.write(document(markup)).close();
  return text;
}
