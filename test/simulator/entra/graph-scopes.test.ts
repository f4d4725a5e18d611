import t from 'tap';
import { CLIENT, TENANT } from '../../support/stack.ts';
import { startExchange } from '../../support/simulated-exchange.ts';

t.test('a user token has all permissions of one resource that were asked for', async (t) => {
  const { get, simulator } = await startExchange(t);
  const { entra, graph } = simulator;
  entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [], publicClient: true }];
  const redeem = async (scope: string) => {
    const url = `${entra.origin}/${TENANT}/oauth2/v2.0`;
    const begun = await get(`${url}/devicecode`, { method: 'POST', form: { client_id: CLIENT, scope } });
    const { device_code: code, user_code: userCode } = JSON.parse(begun.text) as Record<string, string>;
    entra.deviceFlow.answer(userCode ?? '', { username: 'alice@contoso.test' });
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code ?? '' };
    const answer = await get(`${url}/token`, { method: 'POST', form: { ...grant, client_id: CLIENT, scope } });
    return JSON.parse(answer.text) as Record<string, string>;
  };
  const scopes = `${graph.origin}/Mail.ReadWrite ${graph.origin}/Mail.Send offline_access`;
  const { access_token: token, scope } = await redeem(scopes);
  const claims = JSON.parse(Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString()) as object;
  t.match(claims, { aud: graph.origin, scp: 'Mail.ReadWrite Mail.Send', upn: 'alice@contoso.test' });
  t.equal(scope, `${graph.origin}/Mail.ReadWrite ${graph.origin}/Mail.Send`);
  const mixed = await redeem(`${graph.origin}/Mail.Send ${simulator.exchange.origin}/EWS.AccessAsUser.All`);
  t.match(mixed, { error: 'invalid_scope', error_description: /^AADSTS28000: / }, 'a token is for one resource');
});

t.test('a device code may ask for consent to several services, of which tokens are given one at a time', async (t) => {
  const { get, simulator } = await startExchange(t);
  const { entra, exchange, graph } = simulator;
  entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [], publicClient: true }];
  const post = async (path: string, form: Record<string, string>): Promise<Record<string, string>> => {
    const url = `${entra.origin}/${TENANT}/oauth2/v2.0/${path}`;
    return JSON.parse((await get(url, { method: 'POST', form: { client_id: CLIENT, ...form } })).text) as Record<
      string,
      string
    >;
  };
  const ews = `${exchange.origin}/EWS.AccessAsUser.All`;
  const begun = await post('devicecode', { scope: `${ews} ${graph.origin}/Mail.ReadWrite` });
  entra.deviceFlow.answer(begun['user_code'] ?? '', { username: 'alice@contoso.test' });
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: begun['device_code'] ?? '' };
  const { refresh_token: token = '' } = await post('token', { ...grant, scope: ews });
  const refresh = (scope: string): Promise<Record<string, string>> =>
    post('token', { grant_type: 'refresh_token', refresh_token: token, scope });
  t.match(await refresh(`${graph.origin}/Mail.ReadWrite`), { scope: `${graph.origin}/Mail.ReadWrite` });
  t.match(await refresh(`${graph.origin}/Mail.Send`), {
    error: 'invalid_grant',
    error_description: /^AADSTS65001: /,
  });
});
