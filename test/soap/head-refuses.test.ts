import t from 'tap';
import { GatewayError } from '../../src/errors.ts';
import { readEnvelopeHead } from '../../src/soap/envelope-head.ts';
import { XML, XMLNS } from '../../src/soap/namespaces.ts';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';

const attributes = (count: number): string => Array.from({ length: count }, (_, index) => ` a${index}=""`).join('');

const refused: Record<string, [string, string]> = {
  'a DOCTYPE': [
    'ENVELOPE_DOCTYPE',
    GET_FOLDER.replace('<soap:Envelope', '<!DOCTYPE a [<!ENTITY b "c">]><soap:Envelope'),
  ],
  'a header over 64 KiB': [
    'ENVELOPE_HEAD_TOO_LARGE',
    envelope(getFolder(), `<t:MailboxCulture>${'x'.repeat(70_000)}</t:MailboxCulture>`),
  ],
  'no XML at all': ['ENVELOPE_MALFORMED', 'hello, this is no XML'],
  'an empty body': ['ENVELOPE_MALFORMED', ''],
  'an end tag that does not fit': ['ENVELOPE_MALFORMED', GET_FOLDER.replace('</soap:Header>', '</soap:Head>')],
  'an undeclared prefix': ['ENVELOPE_MALFORMED', GET_FOLDER.replace('<m:GetFolder>', '<q:GetFolder>')],
  'a root in no SOAP namespace': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('http://schemas.xmlsoap.org/soap/envelope/', 'http://schemas.xmlsoap.org/soap/envelope'),
  ],
  'an element between Header and Body': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Body>', '<soap:Extra/><soap:Body>'),
  ],
  'a second Header': ['ENVELOPE_MALFORMED', GET_FOLDER.replace('<soap:Body>', '<soap:Header/><soap:Body>')],
  'an empty Body': ['ENVELOPE_MALFORMED', GET_FOLDER.replace(/<soap:Body>.*<\/soap:Body>/, '<soap:Body/>')],
  'text before the operation': ['ENVELOPE_MALFORMED', GET_FOLDER.replace('<soap:Body>', '<soap:Body>text')],
  'an unknown entity': ['ENVELOPE_MALFORMED', GET_FOLDER.replace('Exchange2013', '&x;')],
  'an attribute twice': ['ENVELOPE_MALFORMED', GET_FOLDER.replace('<soap:Header>', '<soap:Header a="1" a="2">')],
  'an attribute twice by namespace': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Header>', '<soap:Header xmlns:p="urn:x" xmlns:q="urn:x" p:a="1" q:a="2">'),
  ],
  'a reserved prefix declared again': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Header>', '<soap:Header xmlns:xml="urn:x">'),
  ],
  'a reserved namespace as the default': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Header>', `<soap:Header xmlns="${XML}">`),
  ],
  'the namespace of declarations as the default': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Header>', `<soap:Header xmlns="${XMLNS}">`),
  ],
  'a prefix of a reserved namespace': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Header>', `<soap:Header xmlns:p="${XML}">`),
  ],
  'a prefix of the namespace of declarations': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Header>', `<soap:Header xmlns:p="${XMLNS}">`),
  ],
  'the prefix of declarations declared': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Header>', '<soap:Header xmlns:xmlns="urn:x">'),
  ],
  'a prefix of no namespace': ['ENVELOPE_MALFORMED', GET_FOLDER.replace('<soap:Header>', '<soap:Header xmlns:p="">')],
  'more attributes than any element of EWS has': [
    'ENVELOPE_MALFORMED',
    GET_FOLDER.replace('<soap:Header>', `<soap:Header${attributes(257)}>`),
  ],
  'the end of a CDATA section in text': [
    'ENVELOPE_MALFORMED',
    envelope(getFolder(), '<t:MailboxCulture>]]></t:MailboxCulture>'),
  ],
  'control characters': ['ENVELOPE_MALFORMED', GET_FOLDER.replace('Exchange2013', '\u0001')],
  'the encoding UTF-7': ['ENVELOPE_ENCODING', GET_FOLDER.replace('encoding="utf-8"', 'encoding="utf-7"')],
  'UTF-16 claimed by UTF-8 bytes': ['ENVELOPE_ENCODING', GET_FOLDER.replace('encoding="utf-8"', 'encoding="utf-16"')],
  'two ExchangeImpersonation headers': [
    'IMPERSONATION_HEADER_REPEATED',
    envelope(getFolder(), impersonation('a@b.c') + impersonation('a@b.c')),
  ],
  'two identities': [
    'IMPERSONATION_HEADER_INVALID',
    envelope(getFolder(), impersonation('a@b.c').replace('</t:ConnectingSID>', '<t:SID>S-1</t:SID></t:ConnectingSID>')),
  ],
  'an identity beside ConnectingSID': [
    'IMPERSONATION_HEADER_INVALID',
    envelope(
      getFolder(),
      '<t:ExchangeImpersonation><t:ConnectingSID/><t:SmtpAddress>a@b.c</t:SmtpAddress></t:ExchangeImpersonation>',
    ),
  ],
  'an identity in no ConnectingSID': [
    'IMPERSONATION_HEADER_INVALID',
    envelope(getFolder(), impersonation('a@b.c').replaceAll('ConnectingSID', 'Connecting')),
  ],
  'an empty identity': ['IMPERSONATION_HEADER_INVALID', envelope(getFolder(), impersonation(' '))],
  'an unknown identity': ['IMPERSONATION_HEADER_INVALID', envelope(getFolder(), impersonation('a@b.c', 'Name'))],
  'ExchangeImpersonation in another namespace': [
    'IMPERSONATION_HEADER_INVALID',
    envelope(getFolder(), '<ExchangeImpersonation/>'),
  ],
  'exchangeimpersonation in other letter case': [
    'IMPERSONATION_HEADER_INVALID',
    envelope(getFolder(), '<t:exchangeimpersonation/>'),
  ],
  'ExchangeImpersonation inside another block': [
    'IMPERSONATION_HEADER_INVALID',
    envelope(getFolder(), `<t:TimeZoneContext>${impersonation('a@b.c')}</t:TimeZoneContext>`),
  ],
};

for (const [name, [code, text]] of Object.entries(refused)) {
  try {
    readEnvelopeHead(Buffer.from(text), true);
    t.fail(`${name} is taken`);
  } catch (error) {
    t.ok(error instanceof GatewayError && error.code === code, `${name} is refused with ${code}: ${String(error)}`);
  }
}

t.ok(
  readEnvelopeHead(Buffer.from(GET_FOLDER.replace('<soap:Header>', `<soap:Header${attributes(256)}>`)), true),
  'as many attributes as are read',
);
