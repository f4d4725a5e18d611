import t from 'tap';
import { offsetOf } from '../../../src/ews/time-zones.ts';
import { codesOf, startDifferential, withoutKnown } from '../../support/differential.ts';
import { envelope } from '../../support/envelopes.ts';
import { mail } from '../../support/stack.ts';
import { field, getItem, INBOX, set, update } from './flow-requests.ts';

const RECEIVED = '<t:FieldURI FieldURI="item:DateTimeReceived"/>';
const EXTENDED = '<t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>';
const SCANNED =
  '<t:ExtendedFieldURI PropertySetId="11111111-2222-3333-4444-555555555555" PropertyName="Scanned" ' +
  'PropertyType="SystemTime"/>';
const BERLIN = 'W. Europe Standard Time';

const header = (zone: string, version: string): string =>
  `<t:RequestServerVersion Version="${version}"/>` +
  (zone === '' ? '' : `<t:TimeZoneContext><t:TimeZoneDefinition Id="${zone}"/></t:TimeZoneContext>`);
const between = (path: string, from: string, to: string): string =>
  `<m:Restriction><t:And>${[
    ['IsGreaterThanOrEqualTo', from],
    ['IsLessThan', to],
  ]
    .map(
      ([operator, value]) =>
        `<t:${operator}>${path}<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant>` +
        `</t:${operator}>`,
    )
    .join('')}</t:And></m:Restriction>`;
const findItem = (restriction: string): string =>
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>' +
  `${restriction}<m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindItem>`;
const findFolder = (restriction: string): string =>
  `<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>${restriction}` +
  `<m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindFolder>`;
const extended = (value: string): string =>
  `<t:ExtendedProperty>${SCANNED}<t:Value>${value}</t:Value></t:ExtendedProperty>`;

/** Zone, version, day, time, and what that is in UTC. */
const CASES = [
  [BERLIN, 'Exchange2013', '2026-01-10', '12:00:00', '2026-01-10T11:00:00Z'],
  [BERLIN, 'Exchange2010', '2026-07-10', '12:00:00.000', '2026-07-10T10:00:00Z'],
  [BERLIN, 'Exchange2013', '2026-01-10', '12:00:00Z', '2026-01-10T12:00:00Z'],
  [BERLIN, 'Exchange2013', '2026-01-10', '12:00:00+01:00', '2026-01-10T11:00:00Z'],
  ['No Such Time', 'Exchange2013', '2026-01-10', '12:00:00', '2026-01-10T12:00:00Z'],
  ['', 'Exchange2013', '2026-01-10', '12:00:00', '2026-01-10T12:00:00Z'],
  // By the table in Microsoft's page on time zones the header counts from Exchange2010 on.
  [BERLIN, 'Exchange2007_SP1', '2026-01-10', '12:00:00', '2026-01-10T12:00:00Z'],
] as const;
// Noon in winter and in summer, of Berlin; and of UTC.
const INSTANTS = ['2026-01-10T11:00:00Z', '2026-07-10T10:00:00Z', '2026-01-10T12:00:00Z'];

t.test('a date without an offset in a restriction is one of the zone that the header names', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t, { alice: '    operations: mail' });
  for (const instant of INSTANTS) {
    mailbox.add(mail(instant), 'inbox', { receivedAt: new Date(instant) });
    const { id } = mailbox.createFolder('inbox', { displayName: instant });
    const made = await graph.post(
      envelope(
        `<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id="${id}"/><t:Updates><t:SetFolderField>` +
          `${SCANNED}<t:Folder>${extended(instant)}</t:Folder></t:SetFolderField></t:Updates></t:FolderChange>` +
          '</m:FolderChanges></m:UpdateFolder>',
      ),
    );
    t.same(codesOf(made.text), ['NoError']);
  }
  for (const [zone, version, day, time, instant] of CASES) {
    const range = (path: string): string =>
      between(path, `${day}T${time}`, `${day}T${time.replace(':00:00', ':30:00')}`);
    for (const [operation, element] of [
      [findItem(range(RECEIVED)), 'Subject'],
      [findItem(range(EXTENDED)), 'Subject'],
      [findFolder(range(SCANNED)), 'DisplayName'],
    ] as const) {
      const request = envelope(operation, header(zone, version));
      for (const { text } of [await ews(request), await graph.post(request)]) {
        const found = [...text.matchAll(new RegExp(`<t:${element}>([^<]*)<`, 'g'))].map(([, name]) => name);
        t.same(found, [instant], `${operation.slice(0, 20)} ${zone} ${version} ${day} ${time}`);
      }
    }
  }
});

t.test('so is one that is written, and answers are in UTC whatever the header says', async (t) => {
  const { graph, ews, mailbox } = await startDifferential(t);
  const { id } = await mailbox.deliver(mail('item'));
  for (const [zone, version, day, time, instant] of CASES) {
    const date = `${day}T${time}`;
    const flag =
      `<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:StartDate>${date}</t:StartDate><t:DueDate>${date}</t:DueDate>` +
      '</t:Flag>';
    const write = envelope(
      update(
        id,
        set('<t:FieldURI FieldURI="item:ReminderDueBy"/>', `<t:ReminderDueBy>${date}</t:ReminderDueBy>`),
        set(SCANNED, extended(date)),
        set('<t:FieldURI FieldURI="item:Flag"/>', flag),
      ),
      header(zone, version),
    );
    const read = (name: string): string =>
      envelope(getItem([id], field('item:ReminderDueBy', 'item:Flag', SCANNED)), header(name, 'Exchange2013'));
    for (const [name, send] of [
      ['EWS', ews],
      ['Graph', graph.post],
    ] as const) {
      t.same(codesOf((await send(write)).text), ['NoError'], `${name} ${zone} ${version} ${time}`);
      const [inBerlin, inUtc] = [(await send(read(BERLIN))).text, (await send(read(''))).text];
      t.same(withoutKnown(inBerlin, []), withoutKnown(inUtc, []));
      const dates = ['ReminderDueBy', 'StartDate', 'DueDate', 'Value'].map(
        (element) => new RegExp(`<t:${element}>([^<]*)<`).exec(inUtc)?.[1],
      );
      t.same(dates, [instant, instant, instant, instant], `${name} ${zone} ${version} ${time}`);
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
