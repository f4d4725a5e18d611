/**
 * Reads a fault the way the EWS Managed API does: only at HTTP 500, only where the body begins with
 * an XML declaration, and only with a response code its ServiceError enumeration has.
 */
import { DOMParser } from '@xmldom/xmldom';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Answer } from './stack.ts';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const ERRORS = 'http://schemas.microsoft.com/exchange/services/2006/errors';
const TYPES = 'http://schemas.microsoft.com/exchange/services/2006/types';
const messages = readFileSync(join(import.meta.dirname, '../../src/ews/schemas/messages.xsd'), 'utf8');
const SERVICE_ERRORS = new Set(
  [...messages.matchAll(/<xs:enumeration value="((?:Error|NoError)\w*)"/g)].map((match) => match[1]),
);

export interface Fault {
  readonly code: string;
  /** What the product shows. */
  readonly text: string;
  readonly backOff: number | undefined;
}

/** Asserts that the answer is such a fault with this response code, and returns it. */
export function readFault(t: Test, answer: Answer, code: string): Fault {
  t.equal(answer.status, 500, 'HTTP 500');
  t.ok(answer.text.startsWith('<?xml'), 'begins with an XML declaration');
  t.match(answer.headers['content-type'], /^text\/xml/);
  const document = new DOMParser().parseFromString(answer.text, 'text/xml');
  const fault = document.getElementsByTagNameNS(SOAP, 'Fault')[0];
  const found = {
    code: document.getElementsByTagNameNS(ERRORS, 'ResponseCode')[0]?.textContent ?? '',
    text: fault?.getElementsByTagName('faultstring')[0]?.textContent ?? '',
    backOff: backOffOf(
      [...document.getElementsByTagNameNS(TYPES, 'Value')].find(
        (value) => value.getAttribute('Name') === 'BackOffMilliseconds',
      )?.textContent,
    ),
  };
  t.equal(found.code, code, 'its response code');
  t.ok(SERVICE_ERRORS.has(found.code), 'a name of ServiceError');
  t.equal(fault?.getElementsByTagName('faultcode')[0]?.textContent, `a:${code}`, 'the fault code says the same');
  t.ok(found.text.length > 20, `a text to show: ${found.text}`);
  return found;
}

function backOffOf(text: string | null | undefined): number | undefined {
  return text == null ? undefined : Number(text);
}
