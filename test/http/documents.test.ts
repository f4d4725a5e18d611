import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readFault } from '../support/managed-api.ts';
import { ALICE, basic, SCHEMAS, send, startStack } from '../support/stack.ts';

t.test('schemas and WSDL are relayed for callers', async (t) => {
  const { origin, simulator } = await startStack(t);
  for (const path of ['/ews/services.wsdl', '/EWS/Services.wsdl', '/ews/messages.xsd', '/EWS/TYPES.XSD']) {
    t.equal((await send(origin + path, null)).status, 401, `${path} needs credentials`);
    const { status, text } = await send(origin + path, null, { authorization: basic(ALICE) });
    t.equal(status, 200, path);
    t.equal(text, readFileSync(join(SCHEMAS, path.split('/').at(-1)?.toLowerCase() ?? ''), 'utf8'), 'every byte');
  }
  t.equal(simulator.exchange.requests[0]?.headers['x-anchormailbox'], ALICE);
});

t.test('GET of the endpoint leads to the WSDL on the gateway', async (t) => {
  const { url } = await startStack(t);
  t.equal((await send(url, null)).status, 401);
  const { status, headers } = await send(url, null, { authorization: basic(ALICE) });
  t.equal(status, 302);
  t.equal(headers.location, '/ews/Services.wsdl');
});

t.test('a refused token is replaced, and trouble is a fault', async (t) => {
  const { url, simulator } = await startStack(t);
  simulator.exchange.script.add({ status: 401 });
  t.equal((await send(url, null, { authorization: basic(ALICE) })).status, 302);
  simulator.exchange.settings.ewsEnabled = false;
  readFault(t, await send(url, null, { authorization: basic(ALICE) }), 'ErrorAccessDenied');
  simulator.exchange.settings.ewsEnabled = true;
  simulator.exchange.script.add({ status: 302, headers: { location: 'https://evil.test/' } });
  t.match(
    readFault(t, await send(url, null, { authorization: basic(ALICE) }), 'ErrorConnectionFailed').text,
    /redirects/,
    'a redirect elsewhere is not followed or passed on',
  );
});
