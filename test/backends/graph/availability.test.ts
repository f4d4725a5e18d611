import t from 'tap';
import { codesOf, startDifferential, withoutKnown } from '../../support/differential.ts';
import { askWhoIsFree as ask, zone } from '../../support/availability.ts';
import { ALICE, BOB, startStack } from '../../support/stack.ts';

const ROLES = ['Mail.ReadWrite', 'User.ReadBasic.All', 'Calendars.ReadBasic.All'];

t.test('who is free, and who is not known, as Exchange says it', async (t) => {
  const { ews, graph } = await startDifferential(t, { alice: '    operations: mail', graphRoles: ROLES });
  for (const view of ['MergedOnly', 'FreeBusyMerged', 'FreeBusy']) {
    const request = ask(
      [ALICE, BOB, 'nobody@contoso.test'],
      zone(0),
      '2026-11-30T08:00:00',
      '2026-11-30T12:00:00',
      view,
    );
    const [direct, through] = [await ews(request), await graph.post(request)];
    t.same(codesOf(direct.text), ['NoError', 'NoError', 'ErrorMailRecipientNotFound']);
    const known = [[/<m:MessageText>[^<]*<\/m:MessageText>/g, 'the words are those of either service']] as const;
    t.same(withoutKnown(through.text, known), withoutKnown(direct.text, known), view);
  }
});

t.test("busy times are those of the request's zone, in winter and in summer", async (t) => {
  const stack = await startStack(t, { alice: '    operations: mail', graphRoles: ROLES, backend: 'graph' });
  const { busy } = stack.simulator.graph.settings;
  for (const [month, utc] of [
    ['2026-11', 8],
    ['2026-07', 7],
  ] as const) {
    const at = (hour: number): Date => new Date(`${month}-30T${String(hour).padStart(2, '0')}:00:00Z`);
    busy.set(BOB, [{ start: at(utc), end: at(utc + 1), status: 'busy' }]);
    const request = ask([BOB], zone(-60, -60), `${month}-30T08:00:00`, `${month}-30T11:00:00`, 'FreeBusyMerged');
    const { text } = await stack.post(request);
    t.match(text, '<t:MergedFreeBusy>020</t:MergedFreeBusy>');
    t.match(
      text,
      `<t:CalendarEvent><t:StartTime>${month}-30T09:00:00</t:StartTime><t:EndTime>${month}-30T10:00:00</t:EndTime>` +
        '<t:BusyType>Busy</t:BusyType></t:CalendarEvent>',
    );
  }
});

t.test('what cannot be answered is refused, and a missing permission named', async (t) => {
  const stack = await startStack(t, { alice: '    operations: mail', backend: 'graph' });
  const window = ['2026-11-30T08:00:00', '2026-11-30T11:00:00'] as const;
  const { text } = await stack.post(ask([BOB, ALICE], zone(0), ...window, 'FreeBusy'));
  t.same(codesOf(text), ['ErrorAccessDenied', 'ErrorAccessDenied']);
  t.match(text, /Calendars\.ReadBasic/);
  const backwards = await stack.post(ask([BOB], zone(0), window[1], window[0], 'FreeBusy'));
  t.same(codesOf(backwards.text), ['ErrorInvalidTimeInterval']);
});
