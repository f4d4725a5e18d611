/* oxlint-disable max-lines -- a table */
/** Requests that try to act for another mailbox or to do what was not granted. */
import { EWS_MESSAGES, EWS_TYPES, SOAP_11, SOAP_12 } from '../../src/soap/namespaces.ts';
import { envelope, getFolder, GET_FOLDER, impersonation } from '../support/envelopes.ts';
import { ALICE, basic } from '../support/stack.ts';

export const VICTIM = 'victim@contoso.test';
const EVIL = ['SendItem', 'DeleteItem', 'AddDelegate', 'UpdateInboxRules', 'CreateItem', 'GetClientAccessToken'];

export interface Attack {
  readonly name: string;
  readonly body: Buffer;
  /** Header lines besides the usual ones. */
  readonly headers?: readonly string[];
  /** The value of Content-Type; undefined for none. */
  readonly type?: string | undefined;
  /** The whole request in its place. */
  readonly raw?: string;
  readonly path?: string;
}

const attack = (name: string, body: string | Buffer, more: Partial<Attack> = {}): Attack => ({
  name,
  body: Buffer.from(body as string),
  type: 'text/xml; charset=utf-8',
  ...more,
});

const [BEFORE = '', AFTER = ''] = GET_FOLDER.split('<m:GetFolder>');
export const evilBody = (operation: string): string => `<m:${operation}><m:X/></m:${operation}>`;

/** Ways to write an address so that one reader sees it and another does not. */
const DISGUISES: readonly (readonly [string, (text: string) => string])[] = [
  ['plain', (text) => text],
  ['upper case', (text) => text.toUpperCase()],
  ['blanks', (text) => ` \n${text}\t`],
  ['character reference', (text) => text.replace('@', '&#64;')],
  ['hexadecimal reference', (text) => text.replace('v', '&#x76;')],
  ['reference to a reference', (text) => text.replace('@', '&amp;#64;')],
  ['comment', (text) => `${text.slice(0, 3)}<!--x-->${text.slice(3)}`],
  ['comment of the own address', (text) => `<!--${ALICE}-->${text}`],
  ['CDATA', (text) => `<![CDATA[${text}]]>`],
  ['half CDATA', (text) => `${text.slice(0, 3)}<![CDATA[${text.slice(3)}]]>`],
  ['instruction', (text) => `${text.slice(0, 3)}<?x y?>${text.slice(3)}`],
  ['two addresses', (text) => `${ALICE};${text}`],
  ['element inside', (text) => `<t:x>${text}</t:x>`],
  ['zero width', (text) => text.replace('@', '\u200b@')],
];

function impersonations(): Attack[] {
  const types = ['SmtpAddress', 'PrimarySmtpAddress', 'PrincipalName', 'SID', 'Other'];
  const namespaces = [EWS_TYPES, EWS_MESSAGES, `${EWS_TYPES}/`, EWS_TYPES.toUpperCase(), SOAP_11, ''];
  const block = (namespace: string, type: string, address: string): string =>
    namespace === ''
      ? `<ExchangeImpersonation><ConnectingSID><${type}>${address}</${type}></ConnectingSID></ExchangeImpersonation>`
      : `<i:ExchangeImpersonation xmlns:i="${namespace}"><i:ConnectingSID><i:${type}>${address}</i:${type}>` +
        '</i:ConnectingSID></i:ExchangeImpersonation>';
  const own = impersonation(ALICE);
  const his = impersonation(VICTIM);
  const places: Readonly<Record<string, string>> = {
    'own and his': envelope(getFolder(), own + his),
    'his and own': envelope(getFolder(), his + own),
    'in another block': envelope(getFolder(), `<t:TimeZoneContext>${his}</t:TimeZoneContext>`),
    'in a comment': envelope(getFolder(), `<!--${his}-->`),
    'in CDATA': envelope(getFolder(), `<t:X><![CDATA[${his}]]></t:X>`),
    'behind the Body': GET_FOLDER.replace('</soap:Body>', `</soap:Body><soap:Header>${his}</soap:Header>`),
    'in a second Header': GET_FOLDER.replace('<soap:Body>', `<soap:Header>${his}</soap:Header><soap:Body>`),
    'before the Header': GET_FOLDER.replace('<soap:Header>', `${his}<soap:Header>`),
    'in the Body': envelope(his + getFolder()),
    'in the operation': envelope(getFolder().replace('<m:FolderShape>', `${his}<m:FolderShape>`)),
    'in an envelope behind': GET_FOLDER + envelope(getFolder(), his),
    'in an envelope around': envelope(getFolder(), his).replace('</soap:Body>', `</soap:Body>${GET_FOLDER.slice(38)}`),
    'two SIDs': envelope(
      getFolder(),
      own.replace('</t:ConnectingSID>', `<t:SmtpAddress>${VICTIM}</t:SmtpAddress></t:ConnectingSID>`),
    ),
    'two ConnectingSIDs': envelope(
      getFolder(),
      own.replace('</t:ExchangeImp', `<t:ConnectingSID><t:SID>${VICTIM}</t:SID></t:ConnectingSID></t:ExchangeImp`),
    ),
    'nested': envelope(getFolder(), own.replace(ALICE, his)),
    'another case': envelope(getFolder(), his.replaceAll('ExchangeImpersonation', 'exchangeimpersonation')),
    'mustUnderstand': envelope(getFolder(), his.replace('n>', 'n soap:mustUnderstand="1">')),
    'unclosed': envelope(getFolder(), his.replace('</t:ExchangeImpersonation>', '')),
    'attribute': envelope(getFolder(), `<t:X a="${his.replaceAll('<', '&lt;')}"/>`),
    'SerializedSecurityContext': envelope(
      getFolder(),
      `<t:SerializedSecurityContext><t:UserSid>${VICTIM}</t:UserSid></t:SerializedSecurityContext>`,
    ),
    'ProxyRequestTypeHeader': envelope(getFolder(), `<t:ProxySecurityContext>${VICTIM}</t:ProxySecurityContext>`),
    'OpenAsAdmin': envelope(
      getFolder(),
      `<t:OpenAsAdminOrSystemService LogonType="Admin"><t:ConnectingSID>` +
        `<t:SmtpAddress>${VICTIM}</t:SmtpAddress></t:ConnectingSID></t:OpenAsAdminOrSystemService>`,
    ),
    'ManagementRole': envelope(
      getFolder(),
      `<t:ManagementRole><t:UserRoles><t:Role>${VICTIM}</t:Role></t:UserRoles></t:ManagementRole>`,
    ),
  };
  return [
    ...namespaces.flatMap((namespace) =>
      types.map((type) =>
        attack(`impersonation ${type} in ${namespace}`, envelope(getFolder(), block(namespace, type, VICTIM))),
      ),
    ),
    ...DISGUISES.map(([name, disguise]) =>
      attack(`impersonation, ${name}`, envelope(getFolder(), impersonation(disguise(VICTIM)))),
    ),
    ...Object.entries(places).map(([name, body]) => attack(`impersonation ${name}`, body)),
  ];
}

function operations(): Attack[] {
  return EVIL.flatMap((operation) => {
    const evil = evilBody(operation);
    const bodies: Readonly<Record<string, string>> = {
      'alone': envelope(evil),
      'second': envelope(getFolder() + evil),
      'first': envelope(evil + getFolder()),
      'in a second Body': GET_FOLDER.replace('</soap:Body>', `</soap:Body><soap:Body>${evil}</soap:Body>`),
      'in a first Body': GET_FOLDER.replace('<soap:Body>', `<soap:Body>${evil}</soap:Body><soap:Body>`),
      'in a Body inside': envelope(
        getFolder().replace('<m:FolderShape>', `<soap:Body>${evil}</soap:Body><m:FolderShape>`),
      ),
      'in an envelope behind': GET_FOLDER + envelope(evil),
      'in an envelope before': envelope(evil) + GET_FOLDER,
      'in an envelope inside': envelope(
        getFolder().replace('<m:FolderShape>', `${envelope(evil).slice(38)}<m:FolderShape>`),
      ),
      'behind a comment': GET_FOLDER.replace('<soap:Body>', `<soap:Body><!--<m:GetFolder>-->${evil}`),
      'commented out, badly': GET_FOLDER.replace('<soap:Body>', `<soap:Body><!-- -- >${evil}<!-- -->`),
      'in another namespace': envelope(`<x:GetFolder xmlns:x="urn:x">${evil}</x:GetFolder>`),
      'with a prefix bound again': envelope(`<m:GetFolder xmlns:m="urn:x">${evil}</m:GetFolder>`),
      'by another SOAP version': GET_FOLDER.replace(
        '</soap:Body>',
        `</soap:Body><x:Body xmlns:x="${SOAP_12}">${evil}</x:Body>`,
      ),
      'in a DOCTYPE': GET_FOLDER.replace('?>', `?><!DOCTYPE x [<!ENTITY e "${evil.replaceAll('"', "'")}">]>`),
      'after a NUL': GET_FOLDER.replace('<soap:Body>', `<soap:Body>\0${evil}`),
      'in the other case': envelope(`<m:getfolder/>${evil}`),
    };
    return Object.entries(bodies).map(([name, body]) => attack(`${operation} ${name}`, body));
  });
}

function mailboxes(): Attack[] {
  const places: readonly ((address: string) => string)[] = [
    (address) =>
      `<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="inbox"><t:Mailbox>` +
      `<t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds>` +
      `</m:GetFolder>`,
    (address) =>
      `<m:FindItem Traversal="Shallow"><m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"><t:Mailbox>` +
      `<t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>` +
      `</m:ParentFolderIds></m:FindItem>`,
    (address) =>
      `<m:GetFolder><m:FolderIds><t:FolderId Id="x"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress>` +
      `</t:Mailbox></t:FolderId></m:FolderIds></m:GetFolder>`,
    (address) =>
      `<GetFolder xmlns="${EWS_MESSAGES}"><FolderIds>` +
      `<DistinguishedFolderId xmlns="${EWS_TYPES}" Id="inbox"><Mailbox>` +
      `<EmailAddress>${address}</EmailAddress></Mailbox></DistinguishedFolderId></FolderIds></GetFolder>`,
  ];
  return DISGUISES.flatMap(([name, disguise]) =>
    places.map((place, index) => attack(`mailbox ${index}, ${name}`, envelope(place(disguise(VICTIM))))),
  );
}

function contentTypes(): Attack[] {
  const seven = GET_FOLDER.replace(
    '<t:RequestServerVersion',
    `+${Buffer.from(`<!--${impersonation(VICTIM)}-->`.slice(4, -3), 'utf16le')
      .swap16()
      .toString('base64')
      .replace(/=+$/, '')}-<t:RequestServerVersion`,
  );
  return [
    'text/xml; charset=utf-7',
    'text/xml; xcharset=utf-8; charset=utf-7',
    'text/xml; charset=utf-8; charset=utf-7',
    'text/xml; charset=utf-7; charset=utf-8',
    'text/xml; charset="utf-7"',
    'text/xml; charset="utf\\-7"',
    "text/xml; charset*=us-ascii'en'utf-7",
    'text/xml; charset*0=utf; charset*1=-7',
    'text/xml; charset=utf-8, text/xml; charset=utf-7',
    'text/xml; x="a; charset=utf-8"; charset=utf-7',
    'text/xml; x=";charset=utf-7"',
    'text/xml;\tcharset=utf-7',
    'text/xml; charset = utf-7',
    'text/xml; charset=utf-7;',
    'text/xml, text/html; charset=utf-7',
    'multipart/related; type="text/xml"; boundary=x; charset=utf-8',
    'multipart/mixed; boundary=x',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json',
    'application/octet-stream',
    'application/fastinfoset',
    'application/soap+msbin1',
    'application/xop+xml; type="text/xml"',
    'message/http',
    'text/plain',
    'text/html; charset=utf-7',
    'text/xml; charset=ibm037',
    'text/xml; charset=utf-32',
    'text/xml; charset=shift_jis',
    `application/soap+xml; action="${EWS_MESSAGES}/SendItem"`,
    `text/xml; action="${EWS_MESSAGES}/SendItem"`,
    `text/xml; start-info="${EWS_MESSAGES}/SendItem"`,
  ].map((type) => attack(`Content-Type ${type}`, seven, { type }));
}

function encodings(): Attack[] {
  const his = envelope(getFolder(), impersonation(VICTIM));
  const bare = his.replace(' encoding="utf-8"', '');
  const named = (encoding: string): string => GET_FOLDER.replace('utf-8', encoding);
  const utf16 = Buffer.from(bare, 'utf16le');
  return [
    attack('UTF-16LE without a mark', utf16),
    attack('UTF-16LE with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), { type: 'text/xml' }),
    attack('UTF-16BE with a mark', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]), {
      type: 'text/xml',
    }),
    attack('UTF-16BE without a mark', Buffer.from(utf16).swap16(), { type: 'text/xml; charset=utf-16' }),
    attack('UTF-8 behind two marks', `\ufeff\ufeff${his}`),
    attack('UTF-32', Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), utf16])),
    attack('one document in UTF-8, one in UTF-16', Buffer.concat([Buffer.from(GET_FOLDER), utf16])),
    attack(
      'overlong UTF-8',
      Buffer.concat([Buffer.from(BEFORE), Buffer.from([0xc0, 0xbc]), Buffer.from(`m:SendItem>${AFTER}`)]),
    ),
    ...[
      'utf-7',
      'utf-32',
      'ibm037',
      'cp1047',
      'iso-2022-jp',
      'hz-gb-2312',
      'utf-16',
      'ucs-4',
      'x-user-defined',
      'UTF8"x="y',
      'big5',
      '',
    ].map((encoding) => attack(`declared as ${encoding}`, named(encoding), { type: 'text/xml' })),
    ...['gzip', 'deflate', 'br', 'identity, gzip', 'x-gzip', 'chunked', 'aes128gcm'].map((encoding) =>
      attack(`Content-Encoding ${encoding}`, his, { headers: [`Content-Encoding: ${encoding}`] }),
    ),
  ];
}

function headers(): Attack[] {
  return [
    'X-AnchorMailbox',
    'X-OWA-ExplicitLogonUser',
    'X-PublicFolderMailbox',
    'X-User-Identity',
    'X-CommonAccessToken',
    'X-Forwarded-User',
    'X-WLID-MemberName',
    'X-MS-Exchange-Impersonation',
    'X-ExCompId',
    'X-IsFromCafe',
    'X-RemoteUser',
    'X-HTTP-Method-Override',
    'X-Original-URL',
    'X-Rewrite-URL',
    'Forwarded',
    'X-Forwarded-Host',
    'Proxy-Authorization',
    'X_AnchorMailbox',
    'X-AnchorMailbox ',
    'Cookie',
    'SOAPAction',
    'Trailer',
    'Upgrade',
    'Via',
  ].flatMap((name) => [
    attack(`header ${name}`, GET_FOLDER, { headers: [`${name}: ${VICTIM}`] }),
    attack(`header ${name}, twice`, GET_FOLDER, { headers: [`${name}: ${ALICE}`, `${name}: ${VICTIM}`] }),
    attack(`header ${name}, folded`, GET_FOLDER, { headers: [`${name}: x\r\n ${VICTIM}`] }),
    attack(`header ${name}, declared hop-by-hop`, GET_FOLDER, {
      headers: [`${name}: ${VICTIM}`, `Connection: ${name.trim()}, authorization, x-anchormailbox, content-type`],
    }),
  ]);
}

function entities(): Attack[] {
  return [
    `<!DOCTYPE x [<!ENTITY v "${VICTIM}">]>`,
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    '<!DOCTYPE x PUBLIC "x" "file:///etc/passwd">',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>',
    '<!DOCTYPE x>',
    '<!doctype x>',
    '<!ENTITY v "x">',
    '<?xml-stylesheet href="http://127.0.0.1:1/"?>',
  ].flatMap((declaration) => [
    attack(
      `${declaration} and a reference`,
      envelope(getFolder(), impersonation('&v;')).replace('?>', `?>${declaration}`),
    ),
    attack(`${declaration} and none`, GET_FOLDER.replace('?>', `?>${declaration}`)),
    attack(`${declaration} in the Body`, GET_FOLDER.replace('<soap:Body>', `<soap:Body>${declaration}`)),
  ]);
}

const start = (more: string): string =>
  `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${basic(ALICE)}\r\n` +
  `Content-Type: text/xml\r\n${more}\r\n`;

function smuggling(): Attack[] {
  const evil = envelope(evilBody('SendItem'), impersonation(VICTIM));
  const second =
    `POST /ews/exchange.asmx HTTP/1.1\r\nHost: gateway\r\nX-AnchorMailbox: ${VICTIM}\r\n` +
    `Content-Length: ${evil.length}\r\n\r\n${evil}`;
  const size = GET_FOLDER.length;
  const length = `Content-Length: ${size}\r\n`;
  const chunk = `${size.toString(16)}\r\n${GET_FOLDER}\r\n0\r\n\r\n`;
  const raws: Readonly<Record<string, string>> = {
    'both lengths': `${start(`Content-Length: ${size}\r\nTransfer-Encoding: chunked\r\n`)}${chunk}${second}`,
    'two lengths': `${start(`${length}Content-Length: ${size + second.length}\r\n`)}${GET_FOLDER}${second}`,
    'a list of lengths': `${start(`Content-Length: ${size}, ${size}\r\n`)}${GET_FOLDER}${second}`,
    'a signed length': `${start(`Content-Length: +${size}\r\n`)}${GET_FOLDER}${second}`,
    'a hexadecimal length': `${start(`Content-Length: 0x${size.toString(16)}\r\n`)}${GET_FOLDER}${second}`,
    'chunked twice': `${start('Transfer-Encoding: chunked, chunked\r\n')}${chunk}${second}`,
    'chunked, then identity': `${start('Transfer-Encoding: chunked, identity\r\n')}${chunk}${second}`,
    'chunked, misspelt': `${start(`Transfer-Encoding: xchunked\r\nContent-Length: ${size}\r\n`)}${GET_FOLDER}${second}`,
    'a blank before the colon': `${start(`Transfer-Encoding : chunked\r\n${length}`)}${chunk}${second}`,
    'a folded coding': `${start(`Transfer-Encoding:\r\n chunked\r\nContent-Length: ${size}\r\n`)}${chunk}${second}`,
    'bare line feeds': `${start('').replaceAll('\r\n', '\n')}${GET_FOLDER}${second}`,
    'a bare carriage return': `${start(`X: y\rContent-Length: ${size}\r\n`)}${GET_FOLDER}${second}`,
    'a chunk extension': `${start('Transfer-Encoding: chunked\r\n')}${chunk.replace('\r\n', `;x="\r\n${second}"\r\n`)}`,
    'a chunk too short': `${start('Transfer-Encoding: chunked\r\n')}5\r\n${GET_FOLDER}\r\n0\r\n\r\n${second}`,
    'a trailer': `${start('Transfer-Encoding: chunked\r\n')}${chunk.slice(0, -2)}X-AnchorMailbox: ${VICTIM}\r\n\r\n`,
    'HTTP/0.9': `POST /ews/exchange.asmx\r\n\r\n${GET_FOLDER}${second}`,
    'HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${second}`,
    'two hosts': `${start(`Host: evil.test\r\nContent-Length: ${size}\r\n`)}${GET_FOLDER}${second}`,
    'two credentials': `${start(`Authorization: ${basic(VICTIM)}\r\n${length}`)}${GET_FOLDER}${second}`,
    'pipelined': `${start(`Content-Length: ${size}\r\n`)}${GET_FOLDER}${second}`,
    'a NUL in a header': `${start(`X: a\0b\r\nContent-Length: ${size}\r\n`)}${GET_FOLDER}${second}`,
    'an absolute target':
      start(`Content-Length: ${size}\r\n`).replace(' /', ` http://${VICTIM}/`) + GET_FOLDER + second,
  };
  return Object.entries(raws).map(([name, raw]) => attack(`HTTP: ${name}`, '', { raw }));
}

function paths(): Attack[] {
  return [
    `/ews/exchange.asmx?mailbox=${VICTIM}`,
    `/ews/exchange.asmx/?ExplicitLogon=${VICTIM}`,
    `/ews/exchange.asmx/${VICTIM}`,
    `/ews/${VICTIM}/exchange.asmx`,
    '/ews/../ews/exchange.asmx',
    '/ews/exchange.asmx/../../ecp/default.aspx',
    '/ews/%65xchange.asmx',
    '/EWS/Exchange.asmx;x',
    '/ews//exchange.asmx',
    '/ews/exchange.asmx%00',
    '/powershell',
    '/ews/exchange.asmx#x',
  ].map((path) => attack(`path ${path}`, GET_FOLDER, { path }));
}

function sizes(): Attack[] {
  const evil = evilBody('SendItem');
  return [
    attack(
      'a head that is too large',
      envelope(getFolder(), `<t:X>${' '.repeat(70_000)}</t:X>${impersonation(VICTIM)}`),
    ),
    attack('many blocks', envelope(getFolder(), '<t:X/>'.repeat(5_000) + impersonation(VICTIM))),
    attack('deep nesting', envelope(`<m:GetFolder>${'<m:a>'.repeat(3_000)}${evil}`)),
    attack(
      'many attributes',
      GET_FOLDER.replace(
        '<m:GetFolder',
        `<m:GetFolder ${Array.from({ length: 3_000 }, (_x, index) => `a${index}="x"`).join(' ')}`,
      ),
    ),
    attack('a second operation after 2 MB', envelope(getFolder() + ' '.repeat(2_000_000) + evil)),
    attack(
      'a second mailbox after 2 MB',
      envelope(
        getFolder().replace(
          '</m:FolderIds>',
          `${' '.repeat(2_000_000)}<t:FolderId Id="x"><t:Mailbox><t:EmailAddress>${VICTIM}</t:EmailAddress>` +
            `</t:Mailbox></t:FolderId></m:FolderIds>`,
        ),
      ),
    ),
    attack('a long name', envelope(`<m:${'a'.repeat(60_000)}/>`)),
    attack('nothing', ''),
    attack('no Content-Type', envelope(evil), { type: undefined }),
  ];
}

export const ATTACKS: readonly Attack[] = [
  ...impersonations(),
  ...operations(),
  ...mailboxes(),
  ...contentTypes(),
  ...encodings(),
  ...headers(),
  ...entities(),
  ...smuggling(),
  ...paths(),
  ...sizes(),
];
