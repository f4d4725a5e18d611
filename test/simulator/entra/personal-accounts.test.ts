import t, { type Test } from 'tap';
import { PERSONAL_TENANT_ID } from '../../../src/simulator/entra/personal-accounts.ts';
import { startExchange } from '../../support/simulated-exchange.ts';
import { ALICE, BOB, CLIENT, SECRET, TENANT } from '../../support/stack.ts';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

async function startPersonal(t: Test) {
  const { get, simulator } = await startExchange(t);
  const { entra, graph } = simulator;
  entra.apps = [
    { tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET }], publicClient: true, accounts: 'both' },
  ];
  const post = async (authority: string, path: string, form: Record<string, string>) => {
    const answer = await get(`${entra.origin}/${authority}/oauth2/v2.0/${path}`, {
      method: 'POST',
      form: { client_id: CLIENT, ...form },
    });
    return JSON.parse(answer.text) as Record<string, string>;
  };
  return {
    entra,
    graph,
    get,
    post,
    scope: (...names: readonly string[]) => names.map((name) => `${graph.origin}/${name}`).join(' '),
    /** Signs Alice in. */
    signIn: async (scope: string): Promise<Record<string, string>> => {
      const begun = await post('consumers', 'devicecode', { scope });
      entra.deviceFlow.answer(begun['user_code'] ?? '', { username: ALICE });
      return post('consumers', 'token', { grant_type: DEVICE, device_code: begun['device_code'] ?? '', scope });
    },
  };
}

function claimsOf(token: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

t.test('a personal account signs in at an authority of its own, and its token is opaque', async (t) => {
  const { entra, graph, get, scope, signIn } = await startPersonal(t);
  const answer = await signIn(scope('Mail.ReadWrite'));
  t.match(answer['access_token'], /^EwB[\w-]+$/, 'no JWT');
  t.match(claimsOf(answer['id_token']), {
    iss: `${entra.origin}/${PERSONAL_TENANT_ID}/v2.0`,
    tid: PERSONAL_TENANT_ID,
    preferred_username: ALICE,
  });
  const discovery = await get(`${entra.origin}/consumers/v2.0/.well-known/openid-configuration`);
  t.match(JSON.parse(discovery.text), { issuer: `${entra.origin}/${PERSONAL_TENANT_ID}/v2.0` });
  const ask = (path: string) => get(`${graph.origin}/v1.0${path}`, { token: answer['access_token'] ?? '' });
  t.equal((await ask('/me/mailFolders/inbox')).status, 200);
  t.equal((await ask(`/users/${BOB}/mailFolders/inbox`)).status, 403, 'nobody else is reached');
  const users = await ask('/users');
  t.equal(users.status, 400);
  t.match(users.text, /"BadRequest".*This API is not supported for MSA accounts/);
});

t.test('a refresh token is good for the scopes of the sign-in, and no others', async (t) => {
  const { post, scope, signIn } = await startPersonal(t);
  const { refresh_token: token = '' } = await signIn(scope('Mail.ReadWrite'));
  const refresh = (wanted: string) =>
    post('consumers', 'token', { grant_type: 'refresh_token', refresh_token: token, scope: wanted });
  t.match(await refresh(scope('Mail.ReadWrite')), { access_token: /^EwB/ });
  t.match(await refresh(scope('Mail.Send')), { error: 'invalid_grant', error_description: /^AADSTS70000: / });
});

t.test('what only organizations have is refused', async (t) => {
  const { entra, post, scope } = await startPersonal(t);
  t.match(await post('consumers', 'devicecode', { scope: scope('Mail.ReadWrite.Shared') }), {
    error_description: /^AADSTS70011: /,
  });
  t.match(
    await post('consumers', 'token', {
      grant_type: 'client_credentials',
      client_secret: SECRET,
      scope: scope('.default'),
    }),
    { error: 'unauthorized_client' },
  );
  const [app] = entra.apps;
  if (app === undefined) return;
  entra.apps = [{ ...app, accounts: 'personal' }];
  t.match(await post(TENANT, 'devicecode', { scope: scope('Mail.ReadWrite') }), {
    error_description: /^AADSTS9002331: /,
  });
  entra.apps = [{ ...app, accounts: 'organizations' }];
  t.match(await post('consumers', 'devicecode', { scope: scope('Mail.ReadWrite') }), {
    error_description: /^AADSTS9002332: /,
  });
});
