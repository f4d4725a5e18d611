import t from 'tap';
import { offsetOf } from '../../../src/ews/time-zones.ts';
import { startDifferential } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail } from '../../support/stack.ts';

const between = (field: string, from: string, to: string): string =>
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:Restriction>' +
  '<t:And>' +
  [
    ['IsGreaterThanOrEqualTo', from],
    ['IsLessThan', to],
  ]
    .map(
      ([operator, value]) =>
        `<t:${operator}>${field}<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant>` +
        `</t:${operator}>`,
    )
    .join('') +
  '</t:And></m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>';
const inZone = (id: string): string => `<t:TimeZoneContext><t:TimeZoneDefinition Id="${id}"/></t:TimeZoneContext>`;
const RECEIVED = '<t:FieldURI FieldURI="item:DateTimeReceived"/>';
const EXTENDED = '<t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>';

t.test('a date without an offset is one of the zone that the header names', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  // Noon in winter and in summer, of Berlin; and of UTC.
  for (const received of ['2026-01-10T11:00:00Z', '2026-07-10T10:00:00Z', '2026-01-10T12:00:00Z'])
    mailbox.add(mail(received), 'inbox', { receivedAt: new Date(received) });
  for (const [zone, day, from, subjects] of [
    ['W. Europe Standard Time', '2026-01-10', '12:00:00', ['2026-01-10T11:00:00Z']],
    ['W. Europe Standard Time', '2026-07-10', '12:00:00.000', ['2026-07-10T10:00:00Z']],
    ['W. Europe Standard Time', '2026-01-10', '12:00:00Z', ['2026-01-10T12:00:00Z']],
    ['W. Europe Standard Time', '2026-01-10', '12:00:00+01:00', ['2026-01-10T11:00:00Z']],
    ['No Such Time', '2026-01-10', '12:00:00', ['2026-01-10T12:00:00Z']],
    ['', '2026-01-10', '12:00:00', ['2026-01-10T12:00:00Z']],
  ] as const)
    for (const field of [RECEIVED, EXTENDED]) {
      const request = envelope(
        between(field, `${day}T${from}`, `${day}T${from.replace(':00:00', ':30:00')}`),
        zone === '' ? '' : inZone(zone),
      );
      for (const { text } of [await ews(request), await graph.post(request)]) {
        const found = [...text.matchAll(/<t:Subject>([^<]*)</g)].map(([, subject]) => subject);
        t.same(found, subjects, `${zone} ${day} ${from}`);
      }
    }
});

t.test('clocks change when they do', async (t) => {
  const at = (zone: string, local: string): number => offsetOf(zone, Date.parse(`${local}Z`));
  for (const [zone, local, offset] of [
    ['W. Europe Standard Time', '2026-03-29T01:59:59', 60],
    ['W. Europe Standard Time', '2026-03-29T02:00:00', 120],
    ['W. Europe Standard Time', '2026-10-25T02:59:59', 120],
    ['W. Europe Standard Time', '2026-10-25T03:00:00', 60],
    ['Eastern Standard Time', '2026-03-08T02:00:00', -240],
    ['Eastern Standard Time', '2026-11-01T02:00:00', -300],
    ['AUS Eastern Standard Time', '2026-01-01T00:00:00', 660],
    ['AUS Eastern Standard Time', '2026-07-01T00:00:00', 600],
    ['India Standard Time', '2026-07-01T00:00:00', 330],
    ['UTC', '2026-07-01T00:00:00', 0],
  ] as const)
    t.equal(at(zone, local), offset, `${zone} ${local}`);
});
