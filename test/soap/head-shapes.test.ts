import t from 'tap';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { rewriteHead } from '../../src/soap/rewrite-head.ts';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { impersonations } from '../support/conforming.ts';

const NS =
  'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" ' +
  'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"';
const S11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const S12 = 'http://www.w3.org/2003/05/soap-envelope';
const utf16 = (text: string, bigEndian: boolean, bom: boolean): Buffer => {
  const bytes = Buffer.from((bom ? '\ufeff' : '') + text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

const shapes: Record<string, string | Buffer> = {
  'prefixes of the Managed API': GET_FOLDER,
  'no declaration': GET_FOLDER.slice(GET_FOLDER.indexOf('?>') + 2),
  'declaration in single quotes, standalone': GET_FOLDER.replace(
    'version="1.0" encoding="utf-8"',
    "version='1.0' encoding='utf-8' standalone='no'",
  ),
  'byte order mark': `\ufeff${GET_FOLDER}`,
  'UTF-16 little-endian with mark': utf16(GET_FOLDER.replace('utf-8', 'utf-16'), false, true),
  'UTF-16 big-endian with mark': utf16(GET_FOLDER.replace('utf-8', 'utf-16'), true, true),
  'UTF-16 without mark': utf16(GET_FOLDER.replace('utf-8', 'utf-16'), false, false),
  'UTF-16 big-endian without mark': utf16(GET_FOLDER.replace('utf-8', 'UTF-16BE'), true, false),
  'SOAP 1.2': GET_FOLDER.replaceAll(S11, S12),
  'no Header': GET_FOLDER.replace(/<soap:Header>.*<\/soap:Header>/, ''),
  'empty Header': GET_FOLDER.replace(/<soap:Header>.*<\/soap:Header>/, '<soap:Header></soap:Header>'),
  'self-closed Header': GET_FOLDER.replace(
    /<soap:Header>.*<\/soap:Header>/,
    '<soap:Header a="/>"  />'.replace(' a="/>"', ''),
  ),
  'default namespace for SOAP, no Header': `<Envelope xmlns="${S11}" ${NS}><Body>${getFolder()}</Body></Envelope>`,
  'default namespace for messages': GET_FOLDER.replace(
    '<m:GetFolder>',
    '<GetFolder xmlns="http://schemas.microsoft.com/exchange/services/2006/messages">',
  ).replace('</m:GetFolder>', '</GetFolder>'),
  'the t prefix meaning something else':
    `<t:Envelope xmlns:t="${S11}"><t:Header/><t:Body>` +
    `<GetFolder xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"/></t:Body>` +
    `</t:Envelope>`,
  'a prefix beyond ASCII': GET_FOLDER.replaceAll('soap:', 'süß:').replace('xmlns:soap', 'xmlns:süß'),
  'a prefix beyond ASCII, no Header': GET_FOLDER.replace(/<soap:Header>.*<\/soap:Header>/, '')
    .replaceAll('soap:', 'süß:')
    .replace('xmlns:soap', 'xmlns:süß'),
  'comments, instructions and > in attributes': GET_FOLDER.replace(
    '<soap:Header>',
    '<!-- <soap:Header> --><?note <a> ?><soap:Header t:note="a > b" xmlns:x=\'urn:>\'><!-- > -->',
  ).replace('<soap:Body>', '<?x?><soap:Body><!-- <m:Other/> -->'),
  'CDATA in a header block': envelope(
    getFolder(),
    '<t:MailboxCulture><![CDATA[</t:MailboxCulture>]]></t:MailboxCulture>',
  ),
  'a header block whose name is as long as ExchangeImpersonation': envelope(getFolder(), '<t:SerializedCredentials/>'),
  'CDATA and comments without content': envelope(
    getFolder(),
    '<!----><t:MailboxCulture>en<![CDATA[]]>-US<!----></t:MailboxCulture>',
  ),
  'white space everywhere': GET_FOLDER.replaceAll('><', '>\r\n\t <').replaceAll('/>', ' />'),
};

for (const [name, text] of Object.entries(shapes)) {
  const bytes = Buffer.from(text);
  const head = readEnvelopeHead(bytes, true);
  if (head === undefined) throw new Error(`${name}: no head`);
  t.equal(head.operation.localName, 'GetFolder', `${name}: the operation is read`);
  const pieces = rewriteHead(bytes, head, { type: 'SmtpAddress', value: 'jörg&<x>@contoso.test' });
  t.same(
    impersonations(Buffer.concat(pieces)),
    [{ type: 'SmtpAddress', value: 'jörg&<x>@contoso.test' }],
    `${name}: a conforming parser sees exactly one ExchangeImpersonation`,
  );
}

for (const written of [
  'alice@contoso.test',
  ' alice@contoso.test\n',
  'alice&#64;contoso.test',
  '<![CDATA[alice]]>@contoso.test',
  'alice<![CDATA[@]]>contoso.test',
  'al<!-- x -->ice@contoso.test',
]) {
  const head = readEnvelopeHead(Buffer.from(envelope(getFolder(), impersonation(written))), true);
  t.match(head?.impersonation, { type: 'SmtpAddress', value: /^alice@contoso\.test$/ }, `${written}: who is meant`);
}

const beside = impersonation('alice@contoso.test')
  .replace('<t:SmtpAddress>', 'x<t:SmtpAddress>')
  .replace('</t:ConnectingSID>', 'x</t:ConnectingSID>x');
t.match(
  readEnvelopeHead(Buffer.from(envelope(getFolder(), beside)), true)?.impersonation,
  { value: /^alice@contoso\.test$/ },
  'text beside the identity is not part of it',
);
