import t from 'tap';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { readFault } from '../../support/managed-api.ts';
import { ALICE, CLIENT, startStack } from '../../support/stack.ts';

t.test('which of the causes of 403 it is', async (t) => {
  const { post, simulator } = await startStack(t);
  const { settings } = simulator.exchange;
  const explained = async (): Promise<string> =>
    readFault(t, await post(GET_FOLDER, { 'user-agent': 'OldImporter/1.0' }), 'ErrorAccessDenied').text;

  settings.ewsEnabled = false;
  t.match(
    await explained(),
    /EWS is switched off for the tenant or for mailbox alice@contoso.test.*Set-OrganizationConfig -EwsEnabled \$true.*1 April 2027/,
    'tenant or mailbox',
  );
  settings.ewsEnabled = true;

  settings.allowedAppIds = ['another'];
  const text = await explained();
  t.match(text, /EwsAllowedAppIDs/, 'app list');
  t.match(text, CLIENT, 'with the id to add');
  t.match(text, /-RetrieveEwsOperationAccessPolicy, add the id and write the whole list back/, 'never a plain write');
  settings.allowedAppIds = [CLIENT];

  settings.blockedUserAgents = [/OldImporter/];
  t.match(await explained(), /User-Agent "OldImporter\/1.0"/, 'User-Agent list');
  settings.blockedUserAgents = [];

  settings.excludedMailboxes = new Set([ALICE]);
  t.match(
    await explained(),
    /without X-EWS-Policy-Reason.*access policy.*RBAC.*F1 or F3 licence/,
    'licence or access policy',
  );
  settings.excludedMailboxes = new Set();
  t.equal((await post(GET_FOLDER)).status, 200);
});
