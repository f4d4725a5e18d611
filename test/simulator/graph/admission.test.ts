import t from 'tap';
import { BOB, CLIENT } from '../../support/stack.ts';
import { startGraph } from './graph-client.ts';

t.test('tokens that are refused, each with its text', async (t) => {
  const { ask, simulator, tokenWith } = await startGraph(t);
  const { entra, graph } = simulator;
  const good = tokenWith(['Mail.Read']);
  const [app] = entra.apps;
  if (app === undefined) throw new Error('no app');
  for (const [token, message] of [
    [null, 'Access token is empty.'],
    ['nonsense', 'CompactToken parsing failed with error code: 80049217'],
    [`${good.slice(0, -8)}AAAAAAAA`, 'Access token validation failure. Invalid signature.'],
    [entra.tokens.issue(app, graph.origin, { exp: 1 }), 'Access token has expired or is not yet valid.'],
    [entra.tokens.issue(app, simulator.exchange.origin), 'Access token validation failure. Invalid audience.'],
  ] as const) {
    const answer = await ask('~/messages', { token });
    t.same([answer.status, answer.code, answer.json.error?.message], [401, 'InvalidAuthenticationToken', message]);
    t.match(answer.headers['www-authenticate'], /^Bearer /);
  }
  t.equal((await ask('~/messages', { token: good })).status, 200);
});

t.test('permissions: reading, basics of it, writing, sending', async (t) => {
  const { ask, deliver, tokenWith } = await startGraph(t);
  const id = await deliver();
  const code = async (roles: readonly string[], path: string, more = {}) =>
    (await ask(path, { token: tokenWith(roles), ...more })).code;
  t.equal(await code([], '~/messages'), 'ErrorAccessDenied');
  t.equal(await code(['Mail.ReadBasic.All'], `~/messages/${id}?$select=subject`), undefined);
  const basic = await ask(`~/messages/${id}`, { token: tokenWith(['Mail.ReadBasic.All']) });
  t.notOk('body' in basic.json || 'bodyPreview' in basic.json);
  t.equal(await code(['Mail.ReadBasic.All'], `~/messages/${id}?$select=body`), 'ErrorAccessDenied');
  const size = "$expand=singleValueExtendedProperties($filter=id eq 'Integer 0x0E08')";
  t.equal(await code(['Mail.ReadBasic.All'], `~/messages/${id}?${size}`), 'ErrorAccessDenied');
  t.equal(await code(['Mail.ReadBasic.All'], `~/messages/${id}/$value`), 'ErrorAccessDenied');
  t.equal(await code(['Mail.Read'], `~/messages/${id}`, { method: 'DELETE' }), 'ErrorAccessDenied');
  t.equal(await code(['Mail.ReadWrite'], '~/sendMail', { method: 'POST', body: {} }), 'ErrorAccessDenied');
  const users = await ask('/users', { token: tokenWith(['Mail.ReadWrite']) });
  t.same([users.status, users.code], [403, 'Authorization_RequestDenied']);
});

t.test('mailboxes outside the policy scope, and apps without roles in RBAC', async (t) => {
  const { ask, simulator, tokenWith, alice } = await startGraph(t);
  const { settings } = simulator.graph;
  t.equal((await ask('~/messages', { token: tokenWith([]) })).status, 403);
  settings.rbacApps = new Map([[CLIENT, ['Mail.Read']]]);
  t.equal((await ask('~/messages', { token: tokenWith([]) })).status, 200);
  settings.excludedMailboxes = new Set([alice.address]);
  t.equal(
    (await ask('~/messages')).json.error?.message,
    'Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.',
  );
});

t.test('delegated tokens: the own mailbox as /me, others with .Shared', async (t) => {
  const { ask, tokenWith, deliver, alice } = await startGraph(t);
  await deliver();
  const signedIn = (scp: string) => tokenWith([], { scp, upn: alice.address, roles: undefined });
  const token = signedIn('Mail.ReadWrite');
  t.equal((await ask('/me/messages', { token })).json.value?.length, 1);
  t.equal((await ask(`/users/${BOB}/messages`, { token })).status, 403);
  t.equal((await ask(`/users/${BOB}/messages`, { token: signedIn('Mail.ReadWrite.Shared') })).status, 200);
  const app = await ask('/me/messages');
  t.same([app.status, app.json.error?.message], [400, '/me request is only valid with delegated authentication flow.']);
});

t.test('mailboxes that there are not, and those that Graph does not reach', async (t) => {
  const { ask, simulator } = await startGraph(t);
  const nobody = await ask('/users/nobody@contoso.test/messages');
  t.same([nobody.status, nobody.code], [404, 'ErrorInvalidUser']);
  t.equal(nobody.json.error?.message, "The requested user 'nobody@contoso.test' is invalid.");
  t.equal((await ask('/users/nobody@contoso.test')).code, 'Request_ResourceNotFound');
  simulator.graph.settings.withoutRest = new Set(['onprem@contoso.test']);
  t.equal((await ask('/users/onprem@contoso.test/messages')).code, 'MailboxNotEnabledForRESTAPI');
});

t.test('a full mailbox refuses what would fill it, and by some accounts reading too', async (t) => {
  const { ask, simulator, alice } = await startGraph(t);
  simulator.graph.settings.overQuota = new Set([alice.address]);
  t.equal((await ask('~/messages', { method: 'POST', body: { subject: 'x' } })).code, 'ErrorQuotaExceeded');
  t.equal((await ask('~/messages')).status, 200);
  simulator.graph.behaviour = { ...simulator.graph.behaviour, quotaOnRead: true };
  t.equal((await ask('~/messages')).code, 'ErrorQuotaExceeded');
});

t.test('errors carry the ids that support asks for', async (t) => {
  const { ask } = await startGraph(t);
  const answer = await ask('~/messages/x', { headers: { 'client-request-id': 'mine' } });
  t.equal(answer.headers['client-request-id'], 'mine');
  t.equal(answer.json.error?.innerError?.['client-request-id'], 'mine');
  t.match(answer.json.error?.innerError?.['date'], /^\d{4}-\d\d-\d\dT/);
  t.ok(answer.headers['request-id']);
  t.equal((await ask('~/messages/x/copy', { method: 'POST', token: 'x' })).status, 401);
});

t.test('tokens of the simulated Entra have the roles of the audience', async (t) => {
  const { simulator } = await startGraph(t);
  const [app] = simulator.entra.apps;
  if (app === undefined) throw new Error('no app');
  const roles = (audience: string): unknown =>
    (
      JSON.parse(
        Buffer.from(simulator.entra.tokens.issue(app, audience).split('.')[1] ?? '', 'base64url').toString(),
      ) as {
        roles: unknown;
      }
    ).roles;
  t.same(roles(simulator.exchange.origin), ['full_access_as_app']);
  t.ok((roles(simulator.graph.origin) as string[]).includes('Mail.ReadWrite'));
});
