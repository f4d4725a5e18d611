/**
 * Reads what an answer of EWS says as a whole: the fault, or the first response message.
 *
 * @see https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-errors-in-ews
 * @see https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
 */
import { EWS_MESSAGES, SOAP_11, SOAP_12 } from '../soap/namespaces.ts';
import { elementsIn, isNamed, parseXml, UnreadableXml, type XmlElement } from './parse-xml.ts';

/** A fault of Exchange has some 1,500 bytes, in languages beyond English twice as many. */
export const MAX_ANSWER_BYTES = 64 * 1024;
/** An answer to Subscribe has some 1,500 bytes for each of its subscriptions. */
export const MAX_SUBSCRIBE_BYTES = 256 * 1024;

const MAX_TEXT = 1_000;
/** Ids have some 100 characters. */
const MAX_ID = 1_024;
const RESPONSE_CODE = /^\w{1,100}$/;
const MILLISECONDS = /^\d{1,9}$/;

export interface EwsAnswer {
  /** A name of the ServiceError enumeration, or NoError. */
  readonly responseCode: string;
  /** What the fault or response message says, at most 1,000 characters; may quote what the client sent. */
  readonly text: string;
  /** The back-off that Exchange asks for, in milliseconds; undefined where it does not say. */
  readonly backOffMilliseconds: number | undefined;
  /** The SOAP body, for what a caller looks for beyond that. */
  readonly body: XmlElement;
}

/**
 * Reads a SOAP 1.1 or 1.2 fault, or the first response message of an answer.
 *
 * @param answer of at most 64 KiB; larger ones are not read
 * @returns undefined where it is no answer of EWS
 */
export function readAnswer(answer: Buffer | string): EwsAnswer | undefined {
  const body = bodyOf(answer, MAX_ANSWER_BYTES);
  const first = body?.children[0];
  if (body === undefined || first === undefined) return undefined;
  const fault = isNamed(first, 'Fault', body.namespace);
  const message = fault ? first : elementsIn(first).find((element) => childText(element, 'ResponseCode') !== undefined);
  if (message === undefined) return undefined;
  const responseCode = fault
    ? elementsIn(first)
        .find(({ localName }) => localName === 'ResponseCode')
        ?.text.trim()
    : childText(message, 'ResponseCode');
  if (responseCode === undefined || !RESPONSE_CODE.test(responseCode)) return undefined;
  const text = fault
    ? elementsIn(first)
        .find((element) => isNamed(element, 'faultstring', '') || isNamed(element, 'Text', SOAP_12))
        ?.text.trim()
    : childText(message, 'MessageText');
  return { responseCode, text: (text ?? '').slice(0, MAX_TEXT), backOffMilliseconds: backOffIn(message), body };
}

/**
 * Ids of the subscriptions that an answer to Subscribe gives.
 *
 * @param answer of at most 256 KiB
 * @returns none where it cannot be read, or is another answer
 */
export function readSubscriptionIds(answer: Buffer): readonly string[] {
  const response = bodyOf(answer, MAX_SUBSCRIBE_BYTES)?.children[0];
  if (response === undefined || !isNamed(response, 'SubscribeResponse', EWS_MESSAGES)) return [];
  return elementsIn(response)
    .filter((element) => isNamed(element, 'SubscriptionId', EWS_MESSAGES))
    .map(({ text }) => text.trim())
    .filter((id) => id !== '' && id.length <= MAX_ID)
    .toArray();
}

function bodyOf(answer: Buffer | string, maxBytes: number): XmlElement | undefined {
  try {
    const { localName, namespace, children } = parseXml(answer, maxBytes);
    if (localName !== 'Envelope' || (namespace !== SOAP_11 && namespace !== SOAP_12)) return undefined;
    return children.find((child) => child.localName === 'Body' && child.namespace === namespace);
  } catch (error) {
    if (error instanceof UnreadableXml) return undefined;
    throw error;
  }
}

function backOffIn(element: XmlElement): number | undefined {
  const value = elementsIn(element)
    .find(({ localName, attributes }) => localName === 'Value' && attributes.get('Name') === 'BackOffMilliseconds')
    ?.text.trim();
  return value !== undefined && MILLISECONDS.test(value) ? Number(value) : undefined;
}

/** @returns undefined where there is no such child of EWS */
function childText({ children }: XmlElement, name: string): string | undefined {
  return children.find((child) => isNamed(child, name, EWS_MESSAGES))?.text.trim();
}
