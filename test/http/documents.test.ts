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

t.test('they are fetched once, and conditional requests pass', async (t) => {
  const { origin, simulator } = await startStack(t);
  const get = (headers: Record<string, string> = {}): ReturnType<typeof send> =>
    send(`${origin}/ews/types.xsd`, null, { authorization: basic(ALICE), ...headers });
  const first = await get({ 'accept-encoding': 'gzip' });
  for (let count = 0; count < 3; count++) {
    const { status, text, headers } = await get();
    t.equal(status, 200);
    t.equal(text, first.text);
    t.equal(headers['content-type'], first.headers['content-type']);
    t.notOk('set-cookie' in headers, 'of another request');
  }
  t.equal(simulator.exchange.requests.length, 1);
  t.notOk('accept-encoding' in (simulator.exchange.requests[0]?.headers ?? {}));
  await get({ 'if-none-match': '"x"' });
  await get({ 'if-modified-since': new Date().toUTCString() });
  t.equal(simulator.exchange.requests.length, 3);
});

t.test('an error is not kept', async (t) => {
  const { origin, simulator } = await startStack(t);
  simulator.exchange.script.add({ status: 404 });
  const url = `${origin}/ews/types.xsd`;
  t.equal((await send(url, null, { authorization: basic(ALICE) })).status, 404);
  t.equal((await send(url, null, { authorization: basic(ALICE) })).status, 200);
});

t.test('node-ews gets an error so that it shows it, and stores nothing', async (t) => {
  const { origin, simulator, log } = await startStack(t);
  simulator.exchange.settings.ewsEnabled = false;
  const url = `${origin}/ews/services.wsdl`;
  // As the package request sends it: neither User-Agent nor Accept.
  const { status, headers, text } = await send(url, null, { authorization: basic(ALICE) });
  t.equal(status, 302);
  t.match(headers.location, /^ews-gateway-answers-ews-disabled-see-request-[\w-]+:$/);
  t.match(text, /EWS is switched off/);
  t.match(log().at(-1), { outcome: 'EWS_DISABLED' });
  readFault(t, await send(url, null, { authorization: basic(ALICE), accept: '*/*' }), 'ErrorAccessDenied');
  const types = await send(`${origin}/ews/types.xsd`, null, { authorization: basic(ALICE) });
  readFault(t, types, 'ErrorAccessDenied');
  simulator.exchange.settings.ewsEnabled = true;
  t.match((await send(url, null, { authorization: basic(ALICE) })).text, /<wsdl:definitions/);
});
