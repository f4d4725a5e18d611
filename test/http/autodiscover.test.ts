import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { DOMParser } from '@xmldom/xmldom';
import t, { type Test } from 'tap';
import { Agent, request } from 'undici';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { ALICE, basic, BOB, send, startStack, type Answer, type Stack } from '../support/stack.ts';
import { RawConnection } from '../support/upstream.ts';
import { TEST_KEY } from '../support/key.ts';

const pox = (
  address: string,
  schema = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a',
): string =>
  `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">` +
  `<Request><EMailAddress>${address}</EMailAddress>` +
  `<AcceptableResponseSchema>${schema}</AcceptableResponseSchema></Request></Autodiscover>`;

const soap = (operation: string, body: string): string =>
  `<?xml version="1.0" encoding="utf-8"?>` +
  `<soap:Envelope xmlns:a="http://schemas.microsoft.com/exchange/2010/Autodiscover" ` +
  `xmlns:wsa="http://www.w3.org/2005/08/addressing" ` +
  `xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>` +
  `<a:RequestedServerVersion>Exchange2010</a:RequestedServerVersion>` +
  `<wsa:Action>http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/${operation}</wsa:Action>` +
  `</soap:Header><soap:Body><a:${operation}RequestMessage><a:Request>${body}</a:Request>` +
  `</a:${operation}RequestMessage></soap:Body></soap:Envelope>`;

const users = (...addresses: readonly string[]): string =>
  `<a:Users>${addresses.map((address) => `<a:User><a:Mailbox>${address}</a:Mailbox></a:User>`).join('')}</a:Users>` +
  `<a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting><a:Setting>MobileMailboxPolicy</a:Setting>` +
  `</a:RequestedSettings>`;

const AS_ALICE = { authorization: basic(ALICE) };

function texts(t: Test, answer: Answer, name: string): string[] {
  t.ok(answer.text.startsWith('<?xml'), 'begins with an XML declaration');
  return [...new DOMParser().parseFromString(answer.text, 'text/xml').getElementsByTagNameNS('*', name)].map(
    (element) => element.textContent ?? '',
  );
}

t.test('without credentials: a challenge that tells of SOAP', async (t) => {
  const { origin } = await startStack(t);
  for (const path of [
    '/autodiscover/autodiscover.xml',
    '/Autodiscover/Autodiscover.xml',
    '/autodiscover/autodiscover.svc',
  ]) {
    for (const body of [null, pox(ALICE)]) {
      const { status, headers } = await send(origin + path, body);
      t.equal(status, 401, path);
      t.match(headers, { 'x-soap-enabled': 'True', 'www-authenticate': /^Basic realm=/ });
    }
  }
});

t.test('plain XML, with a declaration or without', async (t) => {
  const { origin, log } = await startStack(t);
  for (const [path, prefix] of [
    ['/autodiscover/autodiscover.xml', ''],
    ['/Autodiscover/Autodiscover.xml', '\ufeff<?xml version="1.0" encoding="utf-8"?>'],
  ] as const) {
    const answer = await send(origin + path, prefix + pox(ALICE), AS_ALICE);
    t.equal(answer.status, 200);
    t.same(texts(t, answer, 'EwsUrl'), [`${origin}/EWS/Exchange.asmx`, `${origin}/EWS/Exchange.asmx`]);
    t.same(texts(t, answer, 'AutoDiscoverSMTPAddress'), [ALICE]);
  }
  t.match(
    log().find(({ msg }) => msg === 'request answered'),
    { caller: ALICE, operation: 'Autodiscover' },
  );
});

t.test('in UTF-16', async (t) => {
  const { origin } = await startStack(t);
  t.equal(
    texts(
      t,
      await send(`${origin}/autodiscover/autodiscover.xml`, Buffer.from(`\ufeff${pox(ALICE)}`, 'utf16le'), AS_ALICE),
      'EwsUrl',
    ).length,
    2,
  );
});

t.test('the address another caller has is not told, nor that it exists', async (t) => {
  const { origin } = await startStack(t, { alice: '    mayImpersonate: [shared@contoso.test]' });
  const ask = async (address: string): Promise<Answer> =>
    send(`${origin}/autodiscover/autodiscover.xml`, pox(address), AS_ALICE);
  const [bob, nobody] = [await ask(BOB), await ask('nobody@contoso.test')];
  t.same([texts(t, bob, 'ErrorCode'), texts(t, nobody, 'ErrorCode')], [['500'], ['500']]);
  t.equal(texts(t, await ask('Shared@contoso.test'), 'EwsUrl').length, 2, 'one it may open is');
});

t.test('requests that make no sense', async (t) => {
  const { origin } = await startStack(t);
  const ask = async (body: string | null): Promise<string[]> =>
    texts(t, await send(`${origin}/autodiscover/autodiscover.xml`, body, AS_ALICE), 'ErrorCode');
  t.same(await ask('<Autodiscover/>'), ['600']);
  t.same(await ask('rubbish'), ['600']);
  t.same(await ask(null), ['600']);
  t.same(await ask(`<!DOCTYPE a [<!ENTITY x "y">]>${pox(ALICE)}`), ['600']);
  t.same(await ask(pox(ALICE, 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006')), [
    '601',
  ]);
  t.match(
    (await send(`${origin}/autodiscover/autodiscover.xml`, ' '.repeat(70_000), AS_ALICE)).text,
    /at most 65536 bytes/,
  );
  const chunked = await request(`${origin}/autodiscover/autodiscover.svc`, {
    method: 'POST',
    headers: { ...AS_ALICE, 'content-type': 'text/xml' },
    body: Readable.from(Array.from({ length: 30 }, () => Buffer.alloc(4_096, 32))),
  });
  t.match(await chunked.body.text(), /at most 65536 bytes/);
});

t.test('SOAP: GetUserSettings and GetDomainSettings', async (t) => {
  const { origin } = await startStack(t);
  const url = `${origin}/Autodiscover/Autodiscover.svc`;
  const answer = await send(url, soap('GetUserSettings', users(ALICE, BOB)), AS_ALICE);
  t.equal(answer.status, 200);
  t.same(texts(t, answer, 'Value'), [`${origin}/EWS/Exchange.asmx`]);
  t.same(texts(t, answer, 'ErrorCode'), ['NoError', 'NoError', 'SettingIsNotAvailable', 'InvalidUser']);
  t.same(texts(t, answer, 'SettingName'), ['MobileMailboxPolicy']);
  const domains = await send(
    url,
    soap(
      'GetDomainSettings',
      '<a:Domains><a:Domain>CONTOSO.test</a:Domain><a:Domain>elsewhere.test</a:Domain></a:Domains>' +
        '<a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting></a:RequestedSettings>',
    ),
    AS_ALICE,
  );
  t.same(texts(t, domains, 'Value'), [`${origin}/EWS/Exchange.asmx`]);
  t.same(texts(t, domains, 'ErrorCode'), ['NoError', 'NoError', 'InvalidDomain']);
  t.same(texts(t, await send(url, soap('GetUserSettings', ''), AS_ALICE), 'ErrorCode'), ['InvalidRequest']);
  const settings = Array.from({ length: 201 }, (_, index) => `<a:Setting>${index}</a:Setting>`).join('');
  t.same(
    texts(t, await send(url, soap('GetUserSettings', users(ALICE) + settings), AS_ALICE), 'ErrorCode'),
    ['InvalidRequest'],
    'an answer has each setting for each user',
  );
  t.same(
    texts(
      t,
      await send(url, soap('GetUserSettings', users(...Array.from({ length: 101 }, () => ALICE))), AS_ALICE),
      'ErrorCode',
    ),
    ['InvalidRequest'],
  );
  for (const body of [soap('GetFederationInformation', ''), 'rubbish'])
    t.match(await send(url, body, AS_ALICE), { status: 500, text: /faultstring/ });
  t.equal((await send(url, null, AS_ALICE)).status, 200);
  t.match((await send(url, soap('GetUserSettings', users('<b/>&lt;script&gt;')), AS_ALICE)).text, /InvalidUser/);
});

t.test('JSON', async (t) => {
  const { origin } = await startStack(t);
  const ask = async (
    path: string,
    headers: Record<string, string> = AS_ALICE,
  ): Promise<{ status: number; body: Record<string, string> }> => {
    const { status, text } = await send(`${origin}${path}`, null, headers);
    return { status, body: status === 401 ? {} : (JSON.parse(text) as Record<string, string>) };
  };
  t.match(await ask(`/autodiscover/autodiscover.json/v1.0/${ALICE}?Protocol=EWS`), {
    status: 200,
    body: { Protocol: 'Ews', Url: `${origin}/EWS/Exchange.asmx` },
  });
  t.match(
    await ask(`/Autodiscover/Autodiscover.json?Email=${encodeURIComponent(ALICE)}&Protocol=ews&RedirectCount=1`),
    { status: 200, body: { Protocol: 'Ews' } },
  );
  t.match(await ask(`/autodiscover/autodiscover.json/v1.0/${ALICE}?Protocol=AutodiscoverV1`), {
    body: { Url: `${origin}/autodiscover/autodiscover.xml` },
  });
  t.match(await ask(`/autodiscover/autodiscover.json/v1.0/${ALICE}?Protocol=ActiveSync`), {
    status: 400,
    body: { ErrorCode: 'InvalidProtocol' },
  });
  t.match(await ask(`/autodiscover/autodiscover.json/v1.0/${ALICE}`), {
    status: 400,
    body: { ErrorCode: 'MandatoryParameterMissing' },
  });
  t.match(await ask('/autodiscover/autodiscover.json?Protocol=EWS'), {
    status: 400,
    body: { ErrorCode: 'MandatoryParameterMissing' },
  });
  t.match(await ask('/autodiscover/autodiscover.json/v1.0/%E0%A4%A?Protocol=EWS'), { status: 400 });
  t.match(await ask(`/autodiscover/autodiscover.json/v1.0/${BOB}?Protocol=EWS`), {
    status: 404,
    body: { ErrorCode: 'UserNotFound' },
  });
  t.equal((await ask(`/autodiscover/autodiscover.json/v1.0/${ALICE}?Protocol=EWS`, {})).status, 401);
});

t.test('the address is that by which the client came, or publicUrl', async (t) => {
  const { origin } = await startStack(t);
  const named = await send(`${origin}/autodiscover/autodiscover.xml`, pox(ALICE), {
    ...AS_ALICE,
    host: 'ews.contoso.test:8025',
  });
  t.same(texts(t, named, 'EwsUrl')[0], 'http://ews.contoso.test:8025/EWS/Exchange.asmx');
  const connection = await RawConnection.open(t, origin);
  connection.write(
    `GET /autodiscover/autodiscover.json/v1.0/${ALICE}?Protocol=EWS HTTP/1.1\r\nHost: a"><b\r\n` +
      `Authorization: ${AS_ALICE.authorization}\r\n\r\n`,
  );
  t.match(await connection.until(/<\/s:Envelope>/), /no host name/);
  const stack = await startStack(t, { yaml: 'publicUrl: https://mail.contoso.test' });
  t.same(
    texts(t, await send(`${stack.origin}/autodiscover/autodiscover.xml`, pox(ALICE), AS_ALICE), 'EwsUrl')[0],
    'https://mail.contoso.test/EWS/Exchange.asmx',
  );
  t.match(
    await send(`${stack.origin}/autodiscover/autodiscover.xml`, null),
    { status: 302, headers: { location: 'https://mail.contoso.test/autodiscover/autodiscover.xml' } },
    'plain HTTP leads there, without credentials',
  );
});

t.test('over TLS it is https', async (t) => {
  const stack: Stack = await startStack(t);
  const tls = selfSignedCertificate(['localhost'], TEST_KEY);
  const folder = stack.configFile.replace(/[^/\\]+$/, '');
  writeFileSync(`${folder}gw.pem`, tls.certificate);
  writeFileSync(`${folder}gw.key`, tls.key, { mode: 0o600 });
  stack.writeConfig({ listen: '[{ url: "https://127.0.0.1:0", certificate: gw.pem, key: gw.key }]' });
  await stack.reload();
  const dispatcher = new Agent({ connect: { ca: tls.certificate, servername: 'localhost' } });
  t.teardown(() => dispatcher.close());
  const { port } = new URL(stack.gateway.urls[0] ?? '');
  const response = await request(`https://localhost:${port}/autodiscover/autodiscover.xml`, {
    dispatcher,
    method: 'POST',
    headers: { ...AS_ALICE, 'content-type': 'text/xml' },
    body: pox(ALICE),
  });
  t.match(await response.body.text(), `<EwsUrl>https://localhost:${port}/EWS/Exchange.asmx</EwsUrl>`);
});
