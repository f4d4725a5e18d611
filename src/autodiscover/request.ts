/**
 * Reads Autodiscover requests: plain XML (POX) and SOAP.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/pox-autodiscover-request-for-exchange
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getusersettings-operation-soap
 */
import { DOMParser, type Document, type Element } from '@xmldom/xmldom';
import { detectEncoding } from '../soap/encoding.ts';

/** More than any request has: those for many users have some 100 bytes for each. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** Microsoft's service takes as many users in one request. */
export const MAX_USERS = 100;

export const SOAP_NAMESPACE = 'http://schemas.microsoft.com/exchange/2010/Autodiscover';

export interface PoxRequest {
  readonly address: string | undefined;
  /** What the client can read, by its namespace. */
  readonly acceptableResponseSchema: string | undefined;
}

export interface SoapRequest {
  readonly operation: 'GetUserSettings' | 'GetDomainSettings' | undefined;
  /** Addresses, or domains. */
  readonly subjects: readonly string[];
  readonly settings: readonly string[];
}

/** The bytes are no XML document that could be read. */
export class UnreadableRequest extends Error {
  override readonly name = 'UnreadableRequest';
}

/** @throws UnreadableRequest */
export function readPoxRequest(body: Buffer): PoxRequest {
  const document = parse(body);
  const textIn = (name: string): string | undefined => elements(document, name)[0]?.textContent?.trim();
  return { address: textIn('EMailAddress'), acceptableResponseSchema: textIn('AcceptableResponseSchema') };
}

/** @throws UnreadableRequest */
export function readSoapRequest(body: Buffer): SoapRequest {
  const document = parse(body);
  const operation = (['GetUserSettings', 'GetDomainSettings'] as const).find(
    (name) => elements(document, `${name}RequestMessage`, SOAP_NAMESPACE).length > 0,
  );
  const texts = (name: string): string[] =>
    elements(document, name, SOAP_NAMESPACE).map((element) => element.textContent?.trim() ?? '');
  return {
    operation,
    subjects: texts(operation === 'GetDomainSettings' ? 'Domain' : 'Mailbox'),
    settings: [...new Set(texts('Setting'))],
  };
}

function elements(document: Document, localName: string, namespace = '*'): Element[] {
  return [...document.getElementsByTagNameNS(namespace, localName)];
}

function parse(body: Buffer): Document {
  const family = detectEncoding(body)?.family ?? '8-bit';
  const text = new TextDecoder(family === '8-bit' ? 'utf-8' : family).decode(body);
  // No document needs a DOCTYPE, and entities are only there to do harm.
  if (text === '' || /<!DOCTYPE/i.test(text)) throw new UnreadableRequest('empty, or with a DOCTYPE');
  try {
    return new DOMParser({
      onError: (level, message) => {
        if (level !== 'warning') throw new UnreadableRequest(message);
      },
    }).parseFromString(text, 'text/xml');
  } catch (error) {
    throw new UnreadableRequest('not well-formed', { cause: error });
  }
}
