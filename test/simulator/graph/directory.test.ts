import t from 'tap';
import { ALICE, BOB } from '../../support/stack.ts';
import { rowsOf, startGraph } from './graph-client.ts';

t.test('users are found by beginnings of names and addresses', async (t) => {
  const { ask } = await startGraph(t);
  const find = async (filter: string) => rowsOf(await ask(`/users?$select=mail&$filter=${filter}`));
  t.same(await find("startswith(displayName,'ali') or startswith(mail,'ali')"), [{ mail: ALICE }]);
  t.same(await find("mail eq 'nobody'"), []);
  t.equal((await ask("/users?$filter=startswith(nickname,'x')")).status, 400);
  t.equal((await ask('/users?$top=1000')).status, 400);
  const { json } = await ask('~?$select=id,proxyAddresses');
  t.same(json['proxyAddresses'], [`SMTP:${ALICE}`, `smtp:alias.${ALICE}`]);
  t.equal((await ask(`/users/${String(json['id'])}`)).json['mail'], ALICE);
  t.notOk('proxyAddresses' in (await ask('~')).json, 'by $select only');
});

t.test('groups and their members', async (t) => {
  const { ask, simulator } = await startGraph(t);
  const id = '33333333-3333-4333-8333-333333333333';
  simulator.graph.settings.groups = [
    { id, displayName: 'Sales', mail: 'sales@contoso.test', members: [ALICE, 'x@y.test'] },
  ];
  const [group] = rowsOf(await ask("/groups?$filter=mail eq 'sales@contoso.test'&$select=id"));
  t.same(group, { id });
  t.match(rowsOf(await ask(`/groups/${id}/members`)), [
    { '@odata.type': '#microsoft.graph.user', 'mail': ALICE },
    { '@odata.type': '#microsoft.graph.orgContact', 'mail': 'x@y.test' },
  ]);
  t.equal((await ask('/groups/4/members')).code, 'Request_ResourceNotFound');
});

t.test('automatic replies are set, read and told in mail tips', async (t) => {
  const { ask, tokenWith } = await startGraph(t);
  const setting = { status: 'alwaysEnabled', internalReplyMessage: 'Away' };
  const patch = { method: 'PATCH', body: { automaticRepliesSetting: setting } };
  t.equal((await ask('~/mailboxSettings', patch)).status, 200);
  t.equal((await ask('~/mailboxSettings', { ...patch, token: tokenWith(['MailboxSettings.Read']) })).status, 403);
  t.match((await ask('~/mailboxSettings/automaticRepliesSetting')).json, setting);
  t.same(Object.keys((await ask('~/mailboxSettings?$select=timeZone')).json), ['@odata.context', 'timeZone']);
  const tips = await ask('~/getMailTips', {
    method: 'POST',
    body: { EmailAddresses: [ALICE, BOB], MailTipsOptions: 'automaticReplies' },
  });
  t.match(rowsOf(tips), [{ automaticReplies: { message: 'Away' } }, { automaticReplies: { message: '' } }]);
  t.equal(
    (await ask('~/mailboxSettings', { method: 'PATCH', body: { automaticRepliesSetting: { status: 'sometimes' } } }))
      .status,
    400,
  );
});

t.test('rules of the Inbox', async (t) => {
  const { ask, simulator } = await startGraph(t);
  simulator.graph.settings.rules.set(ALICE, [{ id: '1', displayName: 'To archive', sequence: 1, isEnabled: true }]);
  t.match(rowsOf(await ask('~/mailFolders/inbox/messageRules')), [{ displayName: 'To archive' }]);
});

t.test('schedules as one digit for each interval', async (t) => {
  const { ask, simulator } = await startGraph(t);
  const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 24, hour));
  simulator.graph.settings.busy.set(BOB, [{ start: at(9), end: at(10), status: 'busy' }]);
  const body = {
    schedules: [BOB, 'nobody@contoso.test'],
    startTime: { dateTime: '2026-11-24T08:00:00', timeZone: 'UTC' },
    endTime: { dateTime: '2026-11-24T11:00:00', timeZone: 'UTC' },
    availabilityViewInterval: 30,
  };
  const rows = rowsOf(await ask('~/calendar/getSchedule', { method: 'POST', body }));
  t.equal(rows[0]?.['availabilityView'], '002200');
  t.match(rows[1], { error: { responseCode: 'ErrorMailRecipientNotFound' } });
  t.equal(
    (await ask('~/calendar/getSchedule', { method: 'POST', body: { ...body, availabilityViewInterval: 1 } })).status,
    400,
  );
});

t.test('ids are translated between the forms', async (t) => {
  const { ask, deliver } = await startGraph(t);
  const id = await deliver();
  const translate = async (inputIds: readonly string[], sourceIdType: string, targetIdType: string) =>
    rowsOf(await ask('~/translateExchangeIds', { method: 'POST', body: { inputIds, sourceIdType, targetIdType } }));
  const [immutable] = await translate([id], 'restId', 'restImmutableEntryId');
  t.same(await translate([String(immutable?.['targetId'])], 'restImmutableEntryId', 'restId'), [
    { sourceId: immutable?.['targetId'], targetId: id },
  ]);
  t.match(await translate([id], 'restId', 'entryId'), [{ targetId: /^[\w-]+[012]$/ }]);
  t.match(await translate(['nonsense'], 'restId', 'restImmutableEntryId'), [
    { targetId: null, errorDetails: { code: 'ErrorInvalidIdMalformed' } },
  ]);
});
