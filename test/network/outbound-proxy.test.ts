import t from 'tap';
import { connectionsTo, proxyFor } from '../../src/network/outbound.ts';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { startProxy } from '../support/proxy.ts';
import { startStack } from '../support/stack.ts';
import { TEST_KEY } from '../support/key.ts';

/** No name server knows it: only the proxy gets there. */
const upstreamName = 'exchange.invalid';

t.test('Entra and Exchange are reached through the configured proxy, with credentials', async (t) => {
  const proxy = await startProxy(t, { credentials: 'gate:PLANTED-proxy-password' });
  const { post, simulator, gateway, log } = await startStack(t, {
    upstreamName,
    environment: { PROXY_PASSWORD: 'PLANTED-proxy-password' },
    yaml: `proxy: { url: "${proxy.url}", username: gate, password: { env: PROXY_PASSWORD } }`,
  });
  for (let index = 0; index < 3; index++) t.equal((await post(GET_FOLDER)).status, 200);
  t.same(
    new Set(proxy.tunnels),
    new Set([simulator.entra.origin, simulator.exchange.origin].map((origin) => new URL(origin).host)),
  );
  t.ok(gateway.metrics.current().backends.get('contoso')?.connections.connected, 'its connections are counted');
  t.notOk(log().some(({ level }) => Number(level) >= 50));
});

t.test('a proxy of the environment, and one that is reached by https', async (t) => {
  const tls = selfSignedCertificate(['localhost', '127.0.0.1'], TEST_KEY);
  const plain = await startProxy(t, { credentials: 'u:p ss' });
  const fromEnvironment = await startStack(t, {
    upstreamName,
    environment: { HTTPS_PROXY: plain.url.replace('://', '://u:p%20ss@'), no_proxy: 'elsewhere.invalid' },
  });
  t.equal((await fromEnvironment.post(GET_FOLDER)).status, 200);
  const secure = await startProxy(t, { tls });
  const { post } = await startStack(t, { upstreamName, yaml: `proxy: "${secure.url}"` });
  t.match(
    readFault(t, await post(GET_FOLDER), 'ErrorServerBusy').text,
    /No token.*cannot be reached/,
    'whose certificate must be trusted',
  );
});

t.test('what a proxy refuses is said to be the proxy', async (t) => {
  for (const [status, text] of [
    [407, /the proxy wants other credentials: 407/],
    [403, /the proxy refuses: 403/],
  ] as const) {
    const proxy = await startProxy(t, { status });
    const { post } = await startStack(t, { upstreamName, yaml: `proxy: "${proxy.url}"` });
    t.match(readFault(t, await post(GET_FOLDER), 'ErrorServerBusy').text, text);
  }
  const { post, simulator } = await startStack(t, { upstreamName, yaml: 'proxy: "http://127.0.0.1:1"' });
  t.match(readFault(t, await post(GET_FOLDER), 'ErrorServerBusy').text, /cannot be reached \(ECONNREFUSED\)/);
  // With a token at hand, the same of Exchange.
  const working = await startProxy(t);
  const stack = await startStack(t, {
    ews: 'https://other.invalid:1/EWS/Exchange.asmx',
    upstreamName,
    yaml: `proxy: "${working.url}"`,
  });
  t.match(
    readFault(t, await stack.post(GET_FOLDER), 'ErrorServerBusy').text,
    /cannot be reached through proxy http:\/\/127\.0\.0\.1:\d+/,
  );
  t.equal(simulator.exchange.requests.length, 0);
});

t.test('proxy: none ignores the environment', async (t) => {
  const proxy = await startProxy(t);
  const { post } = await startStack(t, { environment: { https_proxy: proxy.url }, yaml: 'proxy: none' });
  t.equal((await post(GET_FOLDER)).status, 200);
  t.same(proxy.tunnels, []);
});

t.test('hosts that are reached directly', async (t) => {
  const except = ['contoso.com', '.fabrikam.com', '*.wingtip.com', 'only.port:8443', '10.0.0.1', '[fd00::1]'];
  const outbound = { caCertificates: [], proxy: { url: 'http://proxy:3128', authorization: undefined, except } };
  const direct = (url: string): boolean => proxyFor(new URL(url), outbound) === undefined;
  for (const url of [
    'https://contoso.com',
    'https://a.contoso.com',
    'https://FABRIKAM.com',
    'https://x.wingtip.com',
    'https://only.port:8443',
    'https://10.0.0.1',
    'https://[fd00::1]',
    'https://localhost',
    'http://127.0.0.9',
    'https://[::1]',
  ]) {
    t.ok(direct(url), url);
  }
  for (const url of [
    'https://notcontoso.com',
    'https://contoso.com.evil.com',
    'https://only.port',
    'https://10.0.0.11',
    'https://[fd00::2]',
    'https://outlook.office365.com',
  ])
    t.notOk(direct(url), url);
  t.equal(proxyFor(new URL('https://a.com'), { ...outbound, proxy: { ...outbound.proxy, except: ['*'] } }), undefined);
  await connectionsTo(new URL('https://a.com'), outbound).close();
});
