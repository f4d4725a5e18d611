/**
 * Autodiscover answers in plain XML (POX).
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/pox-autodiscover-response-for-exchange
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/error-pox
 */
import { escapeXml } from '../soap/escape.ts';

const BASE = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006';
export const OUTLOOK_SCHEMA = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';
const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';

/** What [MS-OXDSCLI] gives as error codes. */
export type PoxErrorCode = 500 | 600 | 601;

const MESSAGES: Readonly<Record<PoxErrorCode, string>> = {
  500: "The email address can't be found.",
  600: 'Invalid Request',
  601: 'Provider is not available',
};

/** @param ewsUrl where the mailbox's EWS is reached */
export function poxSettings({ mailbox, ewsUrl }: { readonly mailbox: string; readonly ewsUrl: string }): string {
  const url = escapeXml(ewsUrl);
  const { hostname, protocol } = new URL(ewsUrl);
  // EXPR is what clients outside take, EXCH what those inside take, and there is one address for both.
  const outside = `<SSL>${protocol === 'https:' ? 'On' : 'Off'}</SSL><AuthPackage>Basic</AuthPackage>`;
  const of = (type: 'EXCH' | 'EXPR'): string =>
    `<Protocol><Type>${type}</Type>` +
    `<Server>${escapeXml(hostname)}</Server>${type === 'EXPR' ? outside : ''}<ASUrl>${url}</ASUrl>` +
    `<EwsUrl>${url}</EwsUrl></Protocol>`;
  return (
    `${DECLARATION}<Autodiscover xmlns="${BASE}"><Response xmlns="${OUTLOOK_SCHEMA}">` +
    `<User><DisplayName>${escapeXml(mailbox)}</DisplayName>` +
    `<AutoDiscoverSMTPAddress>${escapeXml(mailbox)}</AutoDiscoverSMTPAddress></User>` +
    `<Account><AccountType>email</AccountType><Action>settings</Action>${of('EXCH')}${of('EXPR')}</Account>` +
    `</Response></Autodiscover>`
  );
}

export function poxError(code: PoxErrorCode, requestId: string, now = new Date()): string {
  return (
    `${DECLARATION}<Autodiscover xmlns="${BASE}"><Response><Error Time="${now.toISOString().slice(11, -1)}" ` +
    `Id="${escapeXml(requestId)}">` +
    `<ErrorCode>${code}</ErrorCode><Message>${MESSAGES[code]}</Message><DebugData /></Error></Response></Autodiscover>`
  );
}
