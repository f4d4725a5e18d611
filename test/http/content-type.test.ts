import t from 'tap';
import { parseContentType } from '../../src/http/content-type.ts';
import { SOAP_11, SOAP_12 } from '../../src/soap/namespaces.ts';
import { GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { ALICE, basic, startStack } from '../support/stack.ts';
import { RawConnection, startUpstream } from '../support/upstream.ts';

t.test('a header is a media type and parameters, each once', async (t) => {
  for (const [value, charset] of [
    ['text/xml', undefined],
    ['text/xml; charset=utf-8', 'utf-8'],
    ['Text/XML;CharSet="utf\\-8" ;', 'utf-8'],
    ['application/soap+xml; charset=UTF-8; action="http://x;charset=utf-7"', 'UTF-8'],
    ['text/xml; xcharset=utf-8; charset=utf-7', 'utf-7'],
    ['text/xml; ; charset=""', ''],
  ] as const) {
    const parsed = parseContentType(value);
    t.equal(parsed?.parameters.get('charset'), charset, value);
    t.match(parsed?.mediaType, /^(?:text|application)\/(?:soap\+)?xml$/);
  }
  for (const value of [
    '',
    'text',
    'text/',
    '/xml',
    'text/xml charset=utf-8',
    'text/xml; charset',
    'text/xml; charset=',
    'text/xml; charset =utf-8',
    'text/xml; charset= utf-8',
    'text/xml; charset=utf-8; charset=utf-8',
    'text/xml; charset=utf-8; CHARSET="utf-7"',
    'text/xml; charset="utf-8',
    'text/xml; charset="utf-8"x',
    'text/xml, text/html',
    'text/xml; charset=utf-8, text/xml; charset=utf-7',
    "text/xml; charset*=utf-8''utf-7x(y)",
    'text/xml; charset=(comment)utf-8',
    'text/xml; charset="\u0001"',
    `text/xml; x=${'y'.repeat(2_000)}`,
  ])
    t.equal(parseContentType(value), undefined, value);
});

t.test('what EWS does not take, or two readers may read differently, is refused', async (t) => {
  const { post, simulator } = await startStack(t);
  for (const type of [
    'multipart/related; type="text/xml"; boundary=x',
    'application/x-www-form-urlencoded',
    'text/plain',
    'text/xml; charset=utf-8; charset=utf-7',
    'text/xml; charset',
  ])
    t.match(readFault(t, await post(GET_FOLDER, { 'content-type': type }), 'ErrorInvalidRequest').text, /Content-Type/);
  for (const type of [
    'text/xml; xcharset=utf-8; charset=utf-7',
    'text/xml; charset=utf-16',
    'text/xml; charset=ibm037',
  ])
    readFault(t, await post(GET_FOLDER, { 'content-type': type }), 'ErrorSchemaValidation');
  const latin = GET_FOLDER.replace('utf-8', 'iso-8859-1');
  readFault(t, await post(latin, { 'content-type': 'text/xml; charset=utf-8' }), 'ErrorSchemaValidation');
  t.same(simulator.exchange.requests, []);
});

t.test('two headers are refused, however alike', async (t) => {
  const { origin, simulator } = await startStack(t);
  const client = await RawConnection.open(t, origin);
  client.write(
    `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic(ALICE)}\r\n` +
      `Content-Type: text/xml\r\ncontent-type: text/xml\r\nContent-Length: ${GET_FOLDER.length}\r\n\r\n${GET_FOLDER}`,
  );
  t.match(await client.until(/<\/s:Envelope>/), /ErrorInvalidRequest/);
  t.same(simulator.exchange.requests, []);
});

t.test('Exchange gets a Content-Type made of what was read', async (t) => {
  let sent: string | undefined;
  const ews = await startUpstream(t, (request, response) => {
    sent = request.headers['content-type'];
    request.resume();
    response.writeHead(200, { 'content-type': 'text/xml' }).end('<ok/>');
  });
  const { post } = await startStack(t, { ews });
  const soap12 = GET_FOLDER.replace(SOAP_11, SOAP_12);
  const utf16 = Buffer.from(`\ufeff${GET_FOLDER.replace(' encoding="utf-8"', '')}`, 'utf16le');
  const action = 'action="http://schemas.microsoft.com/exchange/services/2006/messages/GetFolder"';
  for (const [body, type, expected] of [
    [GET_FOLDER, 'text/xml; charset="UTF8"; x=y', 'text/xml; charset=utf-8'],
    [GET_FOLDER, 'application/xml; charset=us-ascii', 'text/xml; charset=utf-8'],
    [GET_FOLDER.replace('utf-8', 'ISO-8859-1'), 'text/xml', 'text/xml; charset=iso-8859-1'],
    [utf16, 'text/xml; charset=utf-16', 'text/xml; charset=utf-16'],
    [utf16.subarray(2), 'text/xml', 'text/xml; charset=utf-16le'],
    [soap12, 'application/soap+xml', 'application/soap+xml; charset=utf-8'],
    [soap12, 'application/soap+xml; action="http://evil.test/"', `application/soap+xml; charset=utf-8; ${action}`],
  ] as const) {
    t.equal((await post(body, { 'content-type': type })).status, 200, type);
    t.equal(sent, expected);
  }
});
