import t from 'tap';
import { GATEWAY_ERROR_CODES, GatewayError } from '../../src/errors.ts';
import { faultXml } from '../../src/soap/fault.ts';
import { isWellFormed } from '../support/conforming.ts';
import { envelope, getFolder, GET_FOLDER } from '../support/envelopes.ts';
import { readFault } from '../support/managed-api.ts';
import { startStack } from '../support/stack.ts';

t.test('every error of the gateway is readable for the EWS Managed API', async (t) => {
  for (const code of GATEWAY_ERROR_CODES) {
    const error = new GatewayError(code, 'Text with <markup> & "quotes" ]]> and \u0000\ud800 characters.', {
      backOffMilliseconds: 1500.2,
    });
    const text = faultXml({ ...error, message: error.message, responseCode: error.responseCode });
    t.ok(isWellFormed(text), `${code} is well-formed`);
    const fault = readFault(t, { status: 500, headers: { 'content-type': 'text/xml' }, text }, error.responseCode);
    t.equal(fault.backOff, 1501);
  }
});

t.test('malformed requests are faults and reach nobody', async (t) => {
  const { post, simulator } = await startStack(t);
  const cases: [string, string][] = [
    ['', 'ErrorSchemaValidation'],
    ['not xml', 'ErrorSchemaValidation'],
    [GET_FOLDER.replace('<soap:Envelope', '<!DOCTYPE x><soap:Envelope'), 'ErrorSchemaValidation'],
    [GET_FOLDER.slice(0, 300), 'ErrorSchemaValidation'],
    [envelope(getFolder(), `<t:MailboxCulture>${'x'.repeat(70_000)}</t:MailboxCulture>`), 'ErrorMessageSizeExceeded'],
    [
      envelope(
        '<m:CreateItem><t:Subject>a & b</t:Subject></m:CreateItem>',
        '<t:MailboxCulture>a & b</t:MailboxCulture>',
      ),
      'ErrorSchemaValidation',
    ],
  ];
  for (const [body, code] of cases) {
    const { text } = readFault(t, await post(body), code);
    t.match(text, /\[gateway request [0-9a-f]{8}-\d+\]$/, 'with the id under which the log has it');
  }
  t.same(simulator.exchange.requests, []);
  t.equal((await post(GET_FOLDER)).status, 200, 'and the next request is served');
});

t.test('a charset that does not fit the bytes is refused', async (t) => {
  const { post } = await startStack(t);
  readFault(t, await post(GET_FOLDER, { 'content-type': 'text/xml; charset=utf-7' }), 'ErrorSchemaValidation');
  readFault(t, await post(GET_FOLDER, { 'content-type': 'text/xml; charset="utf-16"' }), 'ErrorSchemaValidation');
});

t.test('a client of SOAP 1.2 gets a fault of SOAP 1.2', async (t) => {
  const { post } = await startStack(t);
  const answer = await post(
    envelope('<m:SendItem/>').replace(
      'http://schemas.xmlsoap.org/soap/envelope/',
      'http://www.w3.org/2003/05/soap-envelope',
    ),
    { 'content-type': 'application/soap+xml' },
  );
  t.equal(answer.status, 500);
  t.match(answer.headers['content-type'], /^application\/soap\+xml/);
  t.ok(isWellFormed(answer.text));
  t.match(answer.text, /<s:Value xmlns:a="[^"]+">a:ErrorAccessDenied<\/s:Value>/);
});
