import { generateKeyPairSync, sign } from 'node:crypto';
import t from 'tap';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../../support/envelopes.ts';
import { ALICE, BOB, CLIENT, TENANT } from '../../support/stack.ts';
import { startExchange } from '../../support/simulated-exchange.ts';

const APP = { tenantId: TENANT, clientId: CLIENT, secrets: [] };
const AS_ALICE = envelope(getFolder(), impersonation(ALICE));

t.test('a token is looked at: signature, audience, expiry, role', async (t) => {
  const { send, simulator, token } = await startExchange(t);
  const { entra, exchange } = simulator;
  const refused = async (value: string | undefined, diagnostics: RegExp): Promise<void> => {
    const answer = await send(AS_ALICE, { authorization: value === undefined ? '' : `Bearer ${value}` });
    t.equal(answer.status, 401);
    t.match(answer.headers['x-ms-diagnostics'], diagnostics);
    t.match(answer.headers['www-authenticate'], /^Bearer /);
  };
  await refused(undefined, /invalid_token/);
  await refused('not-a-token', /invalid_token/);
  await refused(`${token.slice(0, -4)}AAAA`, /invalid_signature/);
  const [head, payload] = token.split('.');
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  await refused(
    `${head}.${payload}.${sign('RSA-SHA256', Buffer.from(`${head}.${payload}`), foreign).toString('base64url')}`,
    /invalid_signature/,
  );
  await refused(entra.tokens.issue(APP, 'https://graph.microsoft.com'), /invalid_resource/);
  await refused(entra.tokens.issue(APP, exchange.origin, { exp: Math.floor(Date.now() / 1000) - 1 }), /token_expired/);
  const roleless = entra.tokens.issue({ ...APP, roles: [] }, exchange.origin);
  await refused(roleless, /invalid_grant/);
  exchange.settings.rbacApps = new Set([CLIENT]);
  t.equal(
    (await send(AS_ALICE, { authorization: `Bearer ${roleless}` })).status,
    200,
    'RBAC for Applications leaves no role in the token',
  );
});

t.test('an app-only token needs ExchangeImpersonation of a mailbox there is', async (t) => {
  const { send, simulator } = await startExchange(t);
  const faulted = async (body: string, code: string): Promise<void> => {
    const answer = await send(body);
    t.equal(answer.status, 500);
    t.match(answer.text, new RegExp(`ResponseCode[^>]*>${code}<`));
  };
  await faulted(GET_FOLDER, 'ErrorInvalidExchangeImpersonationHeaderData');
  await faulted(
    envelope(getFolder(), impersonation(ALICE) + impersonation(BOB)),
    'ErrorMoreThanOneAccessModeSpecified',
  );
  await faulted(
    envelope(getFolder(), '<t:ExchangeImpersonation><t:ConnectingSID/></t:ExchangeImpersonation>'),
    'ErrorInvalidExchangeImpersonationHeaderData',
  );
  await faulted(envelope(getFolder(), impersonation('nobody@contoso.test')), 'ErrorNonExistentMailbox');
  await faulted(
    envelope(getFolder(), impersonation(`alias.${ALICE}`, 'PrimarySmtpAddress')),
    'ErrorNonPrimarySmtpAddress',
  );
  t.equal(
    (await send(envelope(getFolder(), impersonation(`alias.${ALICE}`)))).status,
    200,
    'SmtpAddress may be an alias',
  );
  simulator.exchange.settings.impersonationDenied = new Set([ALICE]);
  await faulted(AS_ALICE, 'ErrorImpersonateUserDenied');
});

t.test('the tenant decides who may use EWS', async (t) => {
  const { send, simulator } = await startExchange(t);
  const { settings } = simulator.exchange;
  const reason = async (headers: Record<string, string> = {}): Promise<unknown> => {
    const answer = await send(AS_ALICE, headers);
    t.equal(answer.status, 403);
    return answer.headers['x-ews-policy-reason'];
  };
  settings.ewsEnabled = false;
  t.match(await reason(), /disabled/);
  settings.ewsEnabled = true;
  settings.allowedAppIds = ['99999999-9999-4999-8999-999999999999'];
  t.match(await reason(), /blocked by policy/);
  settings.allowedAppIds = [CLIENT];
  settings.blockedUserAgents = [/^Old/];
  t.match(await reason({ 'user-agent': 'OldImporter' }), /blocked by policy/);
  settings.excludedMailboxes = new Set([ALICE]);
  t.equal(await reason(), undefined, 'an access policy gives no reason');
  settings.excludedMailboxes = new Set();
  t.equal((await send(AS_ALICE)).status, 200);
});

t.test('only one operation in one Body is a request', async (t) => {
  const { send, get, simulator } = await startExchange(t);
  const code = async (body: string): Promise<string | undefined> =>
    /ResponseCode[^>]*>(\w+)</.exec((await send(body)).text)?.[1];
  t.equal(await code('not XML'), 'ErrorSchemaValidation');
  t.equal(await code(envelope('', impersonation(ALICE))), 'ErrorSchemaValidation');
  t.equal(await code(envelope(getFolder() + getFolder(), impersonation(ALICE))), 'ErrorSchemaValidation');
  t.equal(await code(envelope('<x:GetFolder xmlns:x="urn:x"/>', impersonation(ALICE))), 'ErrorSchemaValidation');
  t.equal(
    await code(envelope('<m:GetRoomLists/>', impersonation(ALICE))),
    'ErrorInvalidOperation',
    'what the simulator does not have',
  );
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(AS_ALICE.replace('utf-8', 'utf-16'), 'utf16le')]);
  t.equal((await send(utf16)).status, 200, 'UTF-16 is read');
  t.equal((await get(`${simulator.exchange.origin}/ews/other.asmx`)).status, 404);
  t.equal((await get(`${simulator.exchange.origin}/owa/`)).status, 404);
  t.equal((await get(`${simulator.exchange.origin}/ews/Services.wsdl`)).status, 200);
  t.equal((await get(`${simulator.exchange.origin}/ews/exchange.asmx`)).status, 302);
});

t.test('faults come as scripted, then the usual answers again', async (t) => {
  const { send, simulator } = await startExchange(t);
  const { script } = simulator.exchange;
  script.add(
    { status: 401 },
    { status: 403, headers: { 'x-ews-policy-reason': 'scripted' } },
    { status: 429, headers: { 'retry-after': '7' } },
    { operation: 'FindItem', status: 503 },
    { cut: 'before' },
    { cut: 'midway' },
    { delay: 50, times: 2 },
  );
  t.equal((await send(AS_ALICE)).status, 401);
  t.equal((await send(AS_ALICE)).headers['x-ews-policy-reason'], 'scripted');
  t.equal((await send(AS_ALICE)).headers['retry-after'], '7');
  await t.rejects(send(AS_ALICE), 'cut before an answer');
  await t.rejects(send(AS_ALICE), 'cut within the answer');
  const startedAt = performance.now();
  t.equal((await send(AS_ALICE)).status, 200);
  t.ok(performance.now() - startedAt >= 45, 'late');
  t.equal((await send(AS_ALICE)).status, 200);
  script.clear();
  const find = envelope(
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
      '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>',
    impersonation(ALICE),
  );
  t.equal((await send(find)).status, 200, 'a script can be taken back');
});
