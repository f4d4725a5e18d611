import t, { type Test } from 'tap';
import { request as nodeRequest, type IncomingHttpHeaders } from 'node:http';
import { GET_FOLDER } from '../../support/envelopes.ts';
import { ALICE, basic, startStack } from '../../support/stack.ts';
import { startUpstream } from '../../support/upstream.ts';

async function roundTrip(
  t: Test,
  headers: Record<string, string>,
  registration?: string,
): Promise<{ sent: IncomingHttpHeaders; received: IncomingHttpHeaders }> {
  let sent: IncomingHttpHeaders = {};
  const ews = await startUpstream(t, (request, response) => {
    sent = request.headers;
    request.resume();
    response.writeHead(200, {
      'content-type': 'text/xml; charset=utf-8',
      'request-id': 'upstream-id',
      'retry-after': '7',
      'x-caserrorcode': 'x',
      'x-diagnostics': 'x',
      'content-language': 'x',
      'x-powered-by': 'x',
      'access-control-allow-origin': '*',
      'refresh': '0;url=https://evil.test/',
      'x-hop': 'secret of the hop',
      'connection': 'x-hop, keep-alive',
      'strict-transport-security': 'max-age=1',
      'www-authenticate': 'Bearer',
      'x-ms-diagnostics': '2000008',
    });
    response.end('<ok/>');
  });
  const { url } = await startStack(t, { ews, ...(registration === undefined ? {} : { registration }) });
  // Node's own client sends a Connection header as it is told to.
  const received = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    const own = {
      'authorization': basic(ALICE),
      'content-type': 'text/xml; charset=utf-8',
      'content-length': Buffer.byteLength(GET_FOLDER),
    };
    const request = nodeRequest(url, { method: 'POST', headers: { ...own, ...headers } }, (response) => {
      t.equal(response.statusCode, 200);
      response.resume();
      resolve(response.headers);
    });
    request.on('error', reject).end(GET_FOLDER);
  });
  return { sent, received };
}

t.test('the gateway sets its own, the client cannot', async (t) => {
  const { sent } = await roundTrip(t, {
    'x-anchormailbox': 'victim@contoso.test',
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'evil.test',
    'forwarded': 'for=10.0.0.1',
    'cookie': 'session=of-another-origin; X-BackEndCookie=guessed',
    'x-owa-canary': 'x',
    'proxy-authorization': 'Basic PLANTED',
    'x-unknown': 'x',
  });
  t.match(sent['authorization'], /^Bearer eyJ/, 'the token, not the credentials');
  t.equal(sent['x-anchormailbox'], ALICE);
  for (const name of [
    'x-forwarded-for',
    'x-forwarded-host',
    'forwarded',
    'cookie',
    'x-owa-canary',
    'proxy-authorization',
    'x-unknown',
  ])
    t.notOk(name in sent, `${name} stays here`);
});

t.test('headers named in Connection do not travel, and cannot strip the own ones', async (t) => {
  const { sent } = await roundTrip(t, {
    'connection': 'keep-alive, x-clientstatistics, authorization, x-anchormailbox, content-length, content-type',
    'x-clientstatistics': 'x',
  });
  t.notOk('x-clientstatistics' in sent);
  t.equal(sent['content-type'], 'text/xml; charset=utf-8');
  t.match(sent['authorization'], /^Bearer /);
  t.equal(sent['x-anchormailbox'], ALICE);
  t.ok(Number(sent['content-length']) > 0);
});

t.test('what Exchange needs travels', async (t) => {
  const { sent } = await roundTrip(t, {
    'user-agent': 'ExchangeServicesClient/2.2.1.0',
    'client-request-id': 'mine',
    'return-client-request-id': 'true',
    'accept-encoding': 'gzip,deflate',
    'x-preferserveraffinity': 'true',
  });
  t.match(sent, {
    'user-agent': 'ExchangeServicesClient/2.2.1.0',
    'client-request-id': 'mine',
    'return-client-request-id': 'true',
    'accept-encoding': 'gzip,deflate',
    'x-preferserveraffinity': 'true',
  });
});

t.test('a client-request-id is added where there is none', async (t) => {
  const { sent } = await roundTrip(t, {});
  t.match(sent['client-request-id'], /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
});

t.test('the User-Agent can be configured', async (t) => {
  const { sent } = await roundTrip(t, { 'user-agent': 'old client' }, '    userAgent: Allowed/1.0');
  t.equal(sent['user-agent'], 'Allowed/1.0');
});

t.test('of the answer, what EWS clients read passes, and nothing else', async (t) => {
  const { received } = await roundTrip(t, {});
  t.match(received, {
    'request-id': 'upstream-id',
    'retry-after': '7',
    'x-caserrorcode': 'x',
    'x-diagnostics': 'x',
    'content-type': 'text/xml; charset=utf-8',
  });
  for (const name of [
    'x-hop',
    'strict-transport-security',
    'www-authenticate',
    'x-ms-diagnostics',
    'content-language',
    'x-powered-by',
    'access-control-allow-origin',
    'refresh',
  ])
    t.notOk(name in received, name);
});

t.test('Exchange is told what was read and authorized, not what the client said it is', async (t) => {
  const said = { 'soapaction': '"http://evil.test/DeleteItem"', 'content-type': 'application/xml; x=y' };
  t.match((await roundTrip(t, said)).sent, {
    'soapaction': '"http://schemas.microsoft.com/exchange/services/2006/messages/GetFolder"',
    'content-type': 'text/xml; charset=utf-8',
  });
  t.notOk('soapaction' in (await roundTrip(t, {})).sent, 'and the action only where the client named one');
});
