import t from 'tap';
import { request } from 'undici';
import { GET_FOLDER } from '../support/envelopes.ts';
import { ALICE, basic, send, startStack } from '../support/stack.ts';

t.test('the endpoint in any letter case', async (t) => {
  const { origin } = await startStack(t);
  for (const path of [
    '/ews/exchange.asmx',
    '/EWS/Exchange.asmx',
    '/Ews/EXCHANGE.ASMX',
    '/ews/exchange.asmx/',
    '/EWS/Exchange.asmx?x=1',
  ]) {
    t.equal((await send(origin + path, GET_FOLDER, { authorization: basic(ALICE) })).status, 200, path);
  }
});

t.test('anything else is 404, with and without credentials', async (t) => {
  const { origin, simulator } = await startStack(t);
  for (const headers of [{}, { authorization: basic(ALICE) }]) {
    for (const path of [
      '/',
      '/ews',
      '/ews/',
      '/ews/exchange.asmx/x',
      '/owa/',
      '/ews/services.wsdl2',
      '/healthz',
      '/metrics',
      '/ews/../x',
      '/%2e%2e/x',
    ]) {
      for (const method of ['GET', 'POST'] as const) {
        const response = await request(origin + path, { method, headers, body: method === 'POST' ? 'x' : null });
        await response.body.dump();
        t.equal(response.statusCode, 404, `${method} ${path}`);
      }
    }
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD'] as const) {
      const response = await request(`${origin}/ews/exchange.asmx`, { method, headers });
      await response.body.dump();
      t.equal(response.statusCode, 404, `${method} of the endpoint`);
    }
  }
  t.same(simulator.exchange.requests, []);
});

t.test('nothing in a request changes where it goes', async (t) => {
  const { origin, simulator } = await startStack(t);
  const { port } = new URL(origin);
  const response = await request(`${origin}/ews/exchange.asmx?Source=//evil.test/`, {
    method: 'POST',
    headers: {
      'authorization': basic(ALICE),
      'content-type': 'text/xml',
      'host': 'evil.test',
      'x-original-url': '/owa',
      'x-rewrite-url': '/owa',
    },
    body: GET_FOLDER,
  });
  await response.body.dump();
  t.equal(response.statusCode, 200);
  t.equal(simulator.exchange.requests[0]?.headers.host, new URL(simulator.exchange.origin).host);
  t.not(simulator.exchange.requests[0]?.headers.host, `127.0.0.1:${port}`);
});
