/**
 * The envelope around an answer, in two halves, so that what is between can be streamed.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/serverversioninfo
 */
import { EWS_MESSAGES, EWS_TYPES, SOAP_11, SOAP_12 } from '../soap/namespaces.ts';
import { trustedMarkup, xml, type XmlFragment } from './xml.ts';

/**
 * What both backends say they are: Exchange Online. Clients decide by it what to send, so it never
 * changes with the backend.
 */
export const SERVER_VERSION_INFO = {
  MajorVersion: 15,
  MinorVersion: 20,
  MajorBuildNumber: 9412,
  MinorBuildNumber: 11,
  Version: 'V2018_01_08',
} as const;

export interface EnvelopeParts {
  readonly prefix: string;
  readonly suffix: string;
}

/**
 * What stands around the children of the response element.
 *
 * @param operation its name; the response element's is the same with `Response`
 * @param responseClass where the response element is itself a response message (GetInboxRules, GetMailTips)
 */
export function answerEnvelope(
  operation: string,
  soapVersion: '1.1' | '1.2' = '1.1',
  responseClass?: 'Success' | 'Error',
): EnvelopeParts {
  const soap = soapVersion === '1.1' ? SOAP_11 : SOAP_12;
  const numbers = Object.entries(SERVER_VERSION_INFO).map(([name, value]) => `${name}="${value}"`);
  const version = `<h:ServerVersionInfo ${numbers.join(' ')} xmlns:h="${EWS_TYPES}"/>`;
  const attribute = responseClass === undefined ? '' : ` ResponseClass="${responseClass}"`;
  return {
    prefix:
      `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${soap}"><s:Header>${version}</s:Header><s:Body>` +
      `<m:${operation}Response${attribute} xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}">`,
    suffix: `</m:${operation}Response></s:Body></s:Envelope>`,
  };
}

/** The list of response messages inside a response element. */
export function responseMessageList(messages: readonly XmlFragment[]): XmlFragment {
  return xml`<m:ResponseMessages>${messages}</m:ResponseMessages>`;
}

/**
 * One envelope of a streaming answer: no declaration, a Header that is not self-closed, one message. It
 * must be written in one chunk of its own, because clients look for one envelope in each.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getstreamingevents-operation
 */
export function streamingEnvelope(message: XmlFragment): string {
  return (
    `<Envelope xmlns="${SOAP_11}"><Header xmlns="${SOAP_11}"></Header><Body>` +
    `<m:GetStreamingEventsResponse xmlns:m="${EWS_MESSAGES}" xmlns:t="${EWS_TYPES}">` +
    `${responseMessageList([message])}</m:GetStreamingEventsResponse></Body></Envelope>`
  );
}

/** Content of a streaming message that only says the connection lives, or ends. */
export function connectionStatus(status: 'OK' | 'Closed'): XmlFragment {
  return trustedMarkup(`<m:ConnectionStatus>${status}</m:ConnectionStatus>`);
}

/** Content of a streaming error: the subscriptions that are gone, and that the connection ends. */
export function failedSubscriptions(ids: readonly string[]): XmlFragment {
  const list = ids.map((id) => xml`<m:SubscriptionId>${id}</m:SubscriptionId>`);
  return xml`<m:ErrorSubscriptionIds>${list}</m:ErrorSubscriptionIds>${connectionStatus('Closed')}`;
}
