/**
 * Reads Autodiscover requests: plain XML (POX) and SOAP.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/pox-autodiscover-request-for-exchange
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/getusersettings-operation-soap
 */
import { elementsIn, parseXml, UnreadableXml, type XmlElement } from '../ews/parse-xml.ts';

/** More than any request has: those for many users have some 100 bytes for each. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** Microsoft's service takes as many users in one request. */
export const MAX_USERS = 100;
/** Twice as many as it knows: an answer has each of them for each user. */
export const MAX_SETTINGS = 200;

export const SOAP_NAMESPACE = 'http://schemas.microsoft.com/exchange/2010/Autodiscover';

export interface PoxRequest {
  readonly address: string | undefined;
  /** What the client can read, by its namespace. */
  readonly acceptableResponseSchema: string | undefined;
}

export interface SoapRequest {
  readonly operation: 'GetUserSettings' | 'GetDomainSettings' | undefined;
  /** Addresses, or domains. */
  readonly names: readonly string[];
  readonly settings: readonly string[];
}

/** The bytes are no XML document that could be read. */
export class UnreadableRequest extends Error {
  override readonly name = 'UnreadableRequest';
}

/** @throws UnreadableRequest */
export function readPoxRequest(body: Buffer): PoxRequest {
  const root = parse(body);
  const textOf = (name: string): string | undefined => texts(root, name)[0];
  return { address: textOf('EMailAddress'), acceptableResponseSchema: textOf('AcceptableResponseSchema') };
}

/** @throws UnreadableRequest */
export function readSoapRequest(body: Buffer): SoapRequest {
  const root = parse(body);
  const operation = (['GetUserSettings', 'GetDomainSettings'] as const).find(
    (name) => texts(root, `${name}RequestMessage`, SOAP_NAMESPACE).length > 0,
  );
  return {
    operation,
    names: texts(root, operation === 'GetDomainSettings' ? 'Domain' : 'Mailbox', SOAP_NAMESPACE),
    settings: [...new Set(texts(root, 'Setting', SOAP_NAMESPACE))],
  };
}

/** @param namespace undefined: any, as clients write plain XML */
function texts(root: XmlElement, localName: string, namespace?: string): readonly string[] {
  return elementsIn(root)
    .filter((element) => element.localName === localName && (namespace ?? element.namespace) === element.namespace)
    .map(({ text }) => text.trim())
    .toArray();
}

function parse(body: Buffer): XmlElement {
  try {
    return parseXml(body, MAX_REQUEST_BYTES);
  } catch (error) {
    if (error instanceof UnreadableXml) throw new UnreadableRequest(error.message, { cause: error });
    throw error;
  }
}
