import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import t from 'tap';
import { selfSignedCertificate, thumbprint } from '../../../src/simulator/certificate.ts';
import { TEST_KEY } from '../../support/key.ts';
import { CLIENT, SECRET, TENANT } from '../../support/stack.ts';
import { startExchange, type SimulatedExchange } from '../../support/simulated-exchange.ts';

const GRANT = { grant_type: 'client_credentials', client_id: CLIENT, scope: 'https://outlook.office365.com/.default' };

function ask(
  { get, simulator }: SimulatedExchange,
  form: Record<string, string>,
  tenant = TENANT,
): ReturnType<SimulatedExchange['get']> {
  return get(`${simulator.entra.origin}/${tenant}/oauth2/v2.0/token`, { method: 'POST', form });
}

t.test('discovery names the endpoints, and the keys verify the tokens', async (t) => {
  const { get, simulator } = await startExchange(t);
  const { origin } = simulator.entra;
  const discovery = await get(`${origin}/${TENANT}/v2.0/.well-known/openid-configuration`);
  t.equal(
    (JSON.parse(discovery.text) as { token_endpoint: string }).token_endpoint,
    `${origin}/${TENANT}/oauth2/v2.0/token`,
  );
  const keys = JSON.parse((await get(`${origin}/${TENANT}/discovery/v2.0/keys`)).text) as { keys: { n: string }[] };
  t.equal(keys.keys[0]?.n, simulator.entra.tokens.publicKey.export({ format: 'jwk' }).n);
  t.match((await get(`${origin}/contoso.invalid/v2.0/.well-known/openid-configuration`)).text, /AADSTS90002/);
  t.equal((await get(`${origin}/${TENANT}/elsewhere`)).status, 404);
});

t.test('a secret gives a token, everything else its documented error', async (t) => {
  const exchange = await startExchange(t);
  const { entra } = exchange.simulator;
  const answer = await ask(exchange, { ...GRANT, client_secret: SECRET });
  t.equal(answer.status, 200);
  const { access_token: token, expires_in: life } = JSON.parse(answer.text) as {
    access_token: string;
    expires_in: number;
  };
  t.equal(life, 3599);
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
  t.match(claims, { aud: 'https://outlook.office365.com', appid: CLIENT, roles: ['full_access_as_app'], tid: TENANT });
  const refused = async (
    form: Record<string, string>,
    status: number,
    code: number,
    tenant = TENANT,
  ): Promise<void> => {
    const error = await ask(exchange, form, tenant);
    t.equal(error.status, status, `AADSTS${code}`);
    t.match(error.text, new RegExp(`"error_description":"AADSTS${code}: `));
    t.same((JSON.parse(error.text) as { error_codes: number[] }).error_codes, [code]);
  };
  await refused({ ...GRANT, client_secret: 'wrong' }, 401, 7000215);
  await refused(GRANT, 401, 7000216);
  await refused({ ...GRANT, client_secret: SECRET, client_id: randomUUID() }, 400, 700016);
  await refused({ ...GRANT, client_secret: SECRET }, 400, 90002, 'contoso.invalid');
  await refused(
    { ...GRANT, client_secret: SECRET, scope: 'https://outlook.office365.com/EWS.AccessAsUser.All' },
    400,
    1002012,
  );
  await refused({ ...GRANT, client_secret: SECRET, grant_type: 'password' }, 400, 70003);
  entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [{ value: SECRET, expired: true }] }];
  await refused({ ...GRANT, client_secret: SECRET }, 401, 7000222);
});

t.test('a signed assertion is verified', async (t) => {
  const exchange = await startExchange(t);
  const { entra } = exchange.simulator;
  const pair = selfSignedCertificate(['app'], TEST_KEY);
  const other = selfSignedCertificate(['other']);
  entra.apps = [{ tenantId: TENANT, clientId: CLIENT, secrets: [], certificates: [pair.certificate] }];
  const now = Math.floor(Date.now() / 1000);
  const endpoint = `${entra.origin}/${TENANT}/oauth2/v2.0/token`;
  const assertion = (changes: object = {}, { certificate, key } = pair, shown = certificate): string => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const header = { 'alg': 'PS256', 'typ': 'JWT', 'x5t#S256': thumbprint(shown) };
    const claims = { aud: endpoint, iss: CLIENT, sub: CLIENT, nbf: now, exp: now + 600, jti: randomUUID() };
    const signed = `${part(header)}.${part({ ...claims, ...changes })}`;
    const rsa = { key: createPrivateKey(key), padding: 6, saltLength: 32 };
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), rsa).toString('base64url')}`;
  };
  const send = (value: string): ReturnType<typeof ask> =>
    ask(exchange, {
      ...GRANT,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: value,
    });
  t.equal((await send(assertion())).status, 200);
  t.match(
    (await send(assertion({}, other))).text,
    /AADSTS700027: .*not registered/,
    'a certificate that was not uploaded',
  );
  t.match(
    (await send(assertion({}, other, pair.certificate))).text,
    /AADSTS700027: .*invalid signature/,
    "another's key",
  );
  t.match((await send(assertion({ exp: now - 1 }))).text, /AADSTS700024/, 'expired');
  t.match((await send(assertion({ nbf: now + 3_600 }))).text, /AADSTS700024/, 'from the future');
  t.match((await send(assertion({ aud: 'https://elsewhere' }))).text, /AADSTS700023/, 'for someone else');
  t.match((await send('nonsense')).text, /AADSTS700027/);
});
