import t from 'tap';
import { envelope } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { startStack } from '../support/stack.ts';

const updateItem = (attributes: string): string =>
  envelope(`<m:UpdateItem ConflictResolution="AutoResolve" ${attributes}><m:ItemChanges/></m:UpdateItem>`);
const permissions =
  '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId>' +
  '<m:Folders><t:Folder><t:DisplayName>x</t:DisplayName><t:PermissionSet><t:Permissions/>' +
  '</t:PermissionSet></t:Folder></m:Folders></m:CreateFolder>';
const push =
  '<m:Subscribe><m:PushSubscriptionRequest><t:URL>https://evil.test/</t:URL></m:PushSubscriptionRequest></m:Subscribe>';

t.test('in capture an update sends nothing and gives nobody rights', async (t) => {
  const { post, simulator } = await startStack(t);
  for (const attributes of [
    'MessageDisposition="SendOnly"',
    'MessageDisposition="SendAndSaveCopy"',
    'MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"',
  ]) {
    t.match(
      readFault(t, await post(updateItem(attributes)), 'ErrorAccessDenied').text,
      /UpdateItem with \w+="Send.*which sends.*add SendItem/,
    );
  }
  readFault(
    t,
    await post(
      envelope(
        '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToAllAndSaveCopy"><m:ItemIds/>' +
          '</m:DeleteItem>',
      ),
    ),
    'ErrorAccessDenied',
  );
  t.match(readFault(t, await post(envelope(permissions)), 'ErrorAccessDenied').text, /PermissionSet.*add UpdateFolder/);
  t.same(simulator.exchange.requests, []);
  await post(updateItem('MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone"'));
  for (const type of ['HardDelete', 'SoftDelete', 'MoveToDeletedItems'])
    await post(envelope(`<m:DeleteItem DeleteType="${type}"><m:ItemIds/></m:DeleteItem>`));
  t.same(
    simulator.exchange.requests.map(({ operation }) => operation),
    ['UpdateItem', 'DeleteItem', 'DeleteItem', 'DeleteItem'],
    'saving and all three ways of deleting are allowed',
  );
});

t.test('in mail they are allowed', async (t) => {
  const { post, simulator } = await startStack(t, { alice: '    operations: mail' });
  await post(updateItem('MessageDisposition="SendOnly"'));
  await post(envelope(permissions));
  t.same(
    simulator.exchange.requests.map(({ operation }) => operation),
    ['UpdateItem', 'CreateFolder'],
  );
});

t.test('push subscriptions must be granted by name', async (t) => {
  const all = await startStack(t, { alice: '    operations: all' });
  t.match(readFault(t, await all.post(envelope(push)), 'ErrorAccessDenied').text, /add PushSubscription/);
  t.same(all.simulator.exchange.requests, []);
  const named = await startStack(t, { alice: '    operations: [capture, PushSubscription]' });
  await named.post(envelope(push));
  t.equal(named.simulator.exchange.requests.length, 1);
});

t.test('operations whose element has another name', async (t) => {
  const { post, simulator } = await startStack(t, { alice: '    operations: mail' });
  await post(envelope('<m:GetUserAvailabilityRequest/>'));
  t.equal(simulator.exchange.requests.length, 1);
  readFault(t, await post(envelope('<m:GetUserAvailability/>')), 'ErrorAccessDenied');
  readFault(t, await post(envelope('<m:SetUserOofSettingsRequest/>')), 'ErrorAccessDenied');
  t.equal(simulator.exchange.requests.length, 1);
});
