import t from 'tap';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, send, startStack, type Stack } from '../support/stack.ts';

t.test('/healthz answers while the process lives, /readyz when there is a token', async (t) => {
  const { admin, simulator, gateway } = await startStack(t);
  t.same(JSON.parse((await send(`${admin}/healthz`, null)).text), { status: 'ok' });
  const ready = await send(`${admin}/readyz`, null);
  t.equal(ready.status, 200);
  t.match(JSON.parse(ready.text), {
    ready: true,
    closing: false,
    registrations: { contoso: { ready: true, tokenExpiresAt: /^20/ } },
  });
  t.equal(simulator.entra.tokenRequests.length, 1);
  t.ok(gateway.adminUrl?.startsWith('http://127.0.0.1:'));
});

t.test('/acceptz says no from the order to stop on, while requests are still taken', async (t) => {
  const { admin, gateway, post } = await startStack(t, { limits: 'drainSeconds: 2, shutdownSeconds: 1' });
  t.equal((await send(`${admin}/acceptz`, null)).status, 200);
  const closed = gateway.close();
  t.equal((await send(`${admin}/acceptz`, null)).status, 503);
  t.equal((await post(GET_FOLDER)).status, 200);
  await closed;
});

t.test('/readyz says which registration has no token and why', async (t) => {
  const { admin } = await startStack(t, { secret: 'PLANTED-not-the-secret' });
  const { status, text } = await send(`${admin}/readyz`, null);
  t.equal(status, 503);
  t.match(JSON.parse(text), {
    ready: false,
    registrations: { contoso: { ready: false, problem: /client secret .* is wrong.*AADSTS7000215/ } },
  });
});

t.test('/metrics counts by caller, operation and outcome', async (t) => {
  const { admin, post } = await startStack(t);
  await post(GET_FOLDER);
  await post('rubbish');
  await post(GET_FOLDER, { authorization: 'Basic eDp5' });
  const { text } = await send(`${admin}/metrics`, null);
  t.match(text, `ews_gateway_requests_total{caller="${ALICE}",operation="GetFolder",outcome="ok"} 1`);
  t.match(text, `ews_gateway_requests_total{caller="${ALICE}",operation="",outcome="ENVELOPE_MALFORMED"} 1`);
  t.match(text, 'ews_gateway_refused_credentials_total{reason="unknown-user"} 1');
  t.match(text, /ews_gateway_request_duration_seconds_bucket\{le="0.05",operation="GetFolder"\}/);
  t.match(text, /ews_gateway_token_expiry_timestamp_seconds\{registration="contoso"\} \d+/);
  t.match(text, 'ews_gateway_process_resident_memory_bytes');
});

t.test('one line in the log tells all of a request', async (t) => {
  const { post, log } = await startStack(t);
  await post(GET_FOLDER, { 'user-agent': 'OldImporter/1.0' });
  t.match(
    log().find(({ msg }) => msg === 'request answered'),
    {
      requestId: /^[0-9a-f]{8}-1$/,
      source: '127.0.0.1',
      caller: ALICE,
      mailbox: ALICE,
      operation: 'GetFolder',
      userAgent: 'OldImporter/1.0',
      requestBytes: GET_FOLDER.length,
      responseBytes: Number,
      milliseconds: Number,
      status: 200,
      upstreamRequestId: /^[0-9a-f-]{36}$/,
    },
  );
});

t.test('header blocks that are not harmless are removed, and the log says so', async (t) => {
  const { post, log, simulator } = await startStack(t);
  const dangerous =
    '<t:SerializedSecurityContext><t:UserSid>S-1</t:UserSid></t:SerializedSecurityContext>' +
    '<t:ManagementRole/><x:Unknown xmlns:x="urn:x"/>';
  await post(GET_FOLDER.replace('<t:RequestServerVersion', `${dangerous}<t:RequestServerVersion`));
  const body = simulator.exchange.requests[0]?.body.toString() ?? '';
  t.notMatch(body, /SerializedSecurityContext|ManagementRole|Unknown/);
  t.match(body, /RequestServerVersion/);
  t.match(
    log().find(({ msg }) => msg === 'request answered'),
    { removedHeaders: ['SerializedSecurityContext', 'ManagementRole', 'Unknown'] },
  );
});

t.test('/readyz with backend: auto: one of the two services is enough, and what the other lacks is said', async (t) => {
  const readyz = async (stack: Stack): Promise<{ readonly status: number; readonly notice: string | undefined }> => {
    const { status, text } = await send(`${stack.admin}/readyz`, null);
    const { registrations } = JSON.parse(text) as { readonly registrations: Record<string, { notice?: string }> };
    return { status, notice: registrations['contoso']?.notice };
  };
  const both = await startStack(t, { backend: 'auto' });
  t.same(await readyz(both), { status: 200, notice: undefined });
  /** Entra gives tokens of one service only. */
  const only = (service: 'graph' | 'exchange') =>
    startStack(t, {
      backend: 'auto',
      prepare: ({ entra, [service]: { origin } }) => {
        const issue = entra.tokens.issue.bind(entra.tokens);
        entra.tokens.issue = (app, audience, changes) => {
          if (audience !== origin) throw new Error('no such service');
          return issue(app, audience, changes);
        };
      },
    });
  t.match(await readyz(await only('exchange')), {
    status: 200,
    notice: /^EWS answers; Microsoft Graph could not take over: No token for registration/,
  });
  t.match(await readyz(await only('graph')), {
    status: 200,
    notice: /^Microsoft Graph answers in place of EWS: No token for registration/,
  });
});
