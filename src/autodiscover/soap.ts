/**
 * Autodiscover answers in SOAP.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getusersettings-operation-soap
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getdomainsettings-operation-soap
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/errorcode-soap
 */
import { createHash } from 'node:crypto';
import { escapeXml } from '../soap/escape.ts';
import { SOAP_NAMESPACE } from './request.ts';

const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
const INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';
const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
/** Of Exchange Online, whose answers these stand in for. */
const VERSION = { major: 15, minor: 20, text: '15.20.0000.000' } as const;
const SCHEMAS =
  'Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, ' +
  'Exchange2013_SP1, Exchange2015, Exchange2016';

/** What was found for one address or domain. */
export type Finding = { readonly ewsUrl: string; readonly mailbox: string } | 'InvalidUser' | 'InvalidDomain';

const ERROR_TEXTS = { InvalidUser: 'Invalid user', InvalidDomain: 'Invalid domain' } as const;

export function userSettingsAnswer(findings: readonly Finding[], settings: readonly string[]): string {
  const responses = findings.map((finding) => {
    if (typeof finding === 'string')
      return (
        `<UserResponse>${outcome(finding, ERROR_TEXTS[finding])}<RedirectTarget i:nil="true"/>` +
        `<UserSettingErrors/><UserSettings/></UserResponse>`
      );
    const values = userSettings(finding);
    const found = settings.flatMap((name) =>
      Object.hasOwn(values, name)
        ? [
            `<UserSetting i:type="StringSetting"><Name>${name}</Name>` +
              `<Value>${escapeXml(values[name] ?? '')}</Value></UserSetting>`,
          ]
        : [],
    );
    return (
      `<UserResponse>${outcome('NoError', 'No error.')}<RedirectTarget i:nil="true"/>` +
      `<UserSettingErrors>${missing('UserSettingError', settings, values)}</UserSettingErrors>` +
      `<UserSettings>${found.join('')}</UserSettings></UserResponse>`
    );
  });
  return envelope('GetUserSettings', `<UserResponses>${responses.join('')}</UserResponses>`);
}

export function domainSettingsAnswer(findings: readonly Finding[], settings: readonly string[]): string {
  const responses = findings.map((finding) => {
    if (typeof finding === 'string')
      return (
        `<DomainResponse>${outcome(finding, ERROR_TEXTS[finding])}<DomainSettingErrors/><DomainSettings/>` +
        `<RedirectTarget i:nil="true"/></DomainResponse>`
      );
    const values: Readonly<Record<string, string>> = {
      ExternalEwsUrl: finding.ewsUrl,
      ExternalEwsVersion: VERSION.text,
    };
    const found = settings.flatMap((name) =>
      Object.hasOwn(values, name)
        ? [
            `<DomainSetting i:type="DomainStringSetting"><Name>${name}</Name>` +
              `<Value>${escapeXml(values[name] ?? '')}</Value></DomainSetting>`,
          ]
        : [],
    );
    return (
      `<DomainResponse>${outcome('NoError', '')}` +
      `<DomainSettingErrors>${missing('DomainSettingError', settings, values)}</DomainSettingErrors>` +
      `<DomainSettings>${found.join('')}</DomainSettings><RedirectTarget i:nil="true"/></DomainResponse>`
    );
  });
  return envelope('GetDomainSettings', `<DomainResponses>${responses.join('')}</DomainResponses>`);
}

/** An answer to a request as a whole that makes no sense. */
export function invalidRequestAnswer(operation: 'GetUserSettings' | 'GetDomainSettings', text: string): string {
  return envelope(
    operation,
    operation === 'GetUserSettings' ? '<UserResponses/>' : '<DomainResponses/>',
    'InvalidRequest',
    text,
  );
}

/** The fault for anything but the two operations. */
export function soapFault(text: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ENVELOPE}"><s:Body><s:Fault>` +
    `<faultcode xmlns:a="http://schemas.microsoft.com/ws/2005/05/addressing/none">a:ActionNotSupported</faultcode>` +
    `<faultstring xml:lang="en-US">${escapeXml(text)}</faultstring></s:Fault></s:Body></s:Envelope>`
  );
}

function userSettings({ ewsUrl, mailbox }: Exclude<Finding, string>): Readonly<Record<string, string>> {
  const { hostname } = new URL(ewsUrl);
  return {
    UserDisplayName: mailbox,
    UserDN: legacyDn(mailbox),
    MailboxDN: legacyDn(mailbox),
    AutoDiscoverSMTPAddress: mailbox,
    InternalEwsUrl: ewsUrl,
    ExternalEwsUrl: ewsUrl,
    EwsSupportedSchemas: SCHEMAS,
    ExternalEwsVersion: VERSION.text,
    CasVersion: VERSION.text,
    ExternalMailboxServer: hostname,
    ExternalMailboxServerRequiresSSL: ewsUrl.startsWith('https:') ? 'True' : 'False',
    ExternalMailboxServerAuthenticationMethods: 'Basic',
  };
}

/**
 * Only MAPI uses it, but exchangelib takes its absence for a failure of the whole request. Exchange's
 * own is not known here; this one is as well-formed, and the same each time.
 */
function legacyDn(mailbox: string): string {
  const id = createHash('sha256').update(mailbox.toLowerCase()).digest('hex').slice(0, 32);
  return `/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=${id}`;
}

function missing(
  element: 'UserSettingError' | 'DomainSettingError',
  settings: readonly string[],
  values: Readonly<Record<string, string>>,
): string {
  return settings
    .filter((name) => !Object.hasOwn(values, name))
    .map(
      (name) =>
        `<${element}><ErrorCode>SettingIsNotAvailable</ErrorCode>` +
        `<ErrorMessage>${escapeXml(`Setting '${name.slice(0, 100)}' is not available.`)}</ErrorMessage>` +
        `<SettingName>${escapeXml(name.slice(0, 100))}</SettingName></${element}>`,
    )
    .join('');
}

function outcome(code: string, text: string): string {
  return `<ErrorCode>${code}</ErrorCode><ErrorMessage>${escapeXml(text)}</ErrorMessage>`;
}

function envelope(
  operation: 'GetUserSettings' | 'GetDomainSettings',
  content: string,
  code = 'NoError',
  text = '',
): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ENVELOPE}" xmlns:a="${ADDRESSING}"><s:Header>` +
    `<a:Action s:mustUnderstand="1">${SOAP_NAMESPACE}/Autodiscover/${operation}Response</a:Action>` +
    `<h:ServerVersionInfo xmlns:h="${SOAP_NAMESPACE}" xmlns:i="${INSTANCE}">` +
    `<h:MajorVersion>${VERSION.major}</h:MajorVersion><h:MinorVersion>${VERSION.minor}</h:MinorVersion>` +
    `<h:MajorBuildNumber>0</h:MajorBuildNumber><h:MinorBuildNumber>0</h:MinorBuildNumber>` +
    `<h:Version>Exchange2015</h:Version></h:ServerVersionInfo>` +
    `</s:Header><s:Body><${operation}ResponseMessage xmlns="${SOAP_NAMESPACE}"><Response ` +
    `xmlns:i="${INSTANCE}">${outcome(code, text)}${content}</Response></${operation}ResponseMessage></s:Body>` +
    `</s:Envelope>`
  );
}
