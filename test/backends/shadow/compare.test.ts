import t from 'tap';
import { compareAnswers, MAX_COMPARED_BYTES } from '../../../src/backends/shadow/compare.ts';
import { SOAP_11, EWS_MESSAGES, EWS_TYPES } from '../../../src/soap/namespaces.ts';

function answer(message: string, version = '15'): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_11}"><s:Header>` +
      `<h:ServerVersionInfo MajorVersion="${version}" xmlns:h="${EWS_TYPES}"/></s:Header><s:Body>` +
      `<m:GetItemResponse xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}"><m:ResponseMessages>` +
      `<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Message>` +
      `${message}</t:Message></m:Items></m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse></s:Body>` +
      '</s:Envelope>',
  );
}

const MESSAGE = 'ResponseMessages/GetItemResponseMessage/Items/Message';
const tag = (tag: string, value: string): string =>
  `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="String"/><t:Value>${value}</t:Value>` +
  '</t:ExtendedProperty>';

const EQUAL: Readonly<Record<string, readonly [string, string]>> = {
  'the same': ['<t:Subject>a</t:Subject>', '<t:Subject>a</t:Subject>'],
  'ids and change keys': ['<t:ItemId Id="a" ChangeKey="b"/>', '<t:ItemId Id="c" ChangeKey="d"/>'],
  'times': [
    '<t:DateTimeSent>2026-11-20T10:00:00.500Z</t:DateTimeSent>',
    '<t:DateTimeSent>2026-11-20T11:00:00+01:00</t:DateTimeSent>',
  ],
  'what docs/graph-coverage.md names': ['<t:IsRead>true</t:IsRead><t:Size>10</t:Size>', '<t:IsRead>true</t:IsRead>'],
};

t.test('answers that say the same are equal', async (t) => {
  for (const [name, [ews, graph]] of Object.entries(EQUAL))
    t.same(compareAnswers(answer(ews), answer(graph, '16')), [], name);
});

t.test('a difference names its property and its kind', async (t) => {
  for (const [ews, graph, expected] of [
    ['<t:Subject>a</t:Subject>', '<t:Subject>b</t:Subject>', { property: 'Subject', kind: 'other value' }],
    [
      '<t:Categories><t:String>a</t:String><t:String>b</t:String></t:Categories>',
      '<t:Categories><t:String>a</t:String><t:String>c</t:String></t:Categories>',
      { property: 'Categories/String', kind: 'other value' },
    ],
    ['<t:IsRead>true</t:IsRead>', '', { property: 'IsRead', kind: 'missing in Graph' }],
    ['', '<t:InReplyTo/>', { property: 'InReplyTo', kind: 'only in Graph' }],
    [
      '<t:Body BodyType="HTML">x</t:Body>',
      '<t:Body BodyType="Text">x</t:Body>',
      { property: 'Body@BodyType', kind: 'other value' },
    ],
    [
      tag('0x10', 'a') + tag('0x11', 'b'),
      tag('0x10', 'a') + tag('0x11', 'c'),
      { property: 'ExtendedProperty(0x11)/Value', kind: 'other value' },
    ],
  ] as const)
    t.match(
      compareAnswers(answer(`<t:ItemId Id="1"/>${ews}`), answer(`<t:ItemId Id="1"/>${graph}`)),
      [{ ...expected, property: `${MESSAGE}/${expected.property}` }],
      expected.property,
    );
});

t.test('it names no value', async (t) => {
  const found = compareAnswers(
    answer('<t:Subject>secret one</t:Subject>'),
    answer('<t:Subject>secret two</t:Subject>'),
  );
  t.notMatch(JSON.stringify(found), /secret/);
});

t.test('what is too large, or no answer, is not compared', async (t) => {
  const good = answer('<t:Subject>a</t:Subject>');
  for (const other of ['', 'no XML', '<a/>', `${'x'.repeat(MAX_COMPARED_BYTES)}`])
    t.equal(compareAnswers(good, Buffer.from(other)), undefined);
});
